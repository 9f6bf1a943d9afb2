import type { Tool } from './tool.ts'

/** Tools for keys of the platform only. */
export const READING_PLATFORM: readonly Tool[] = [
  {
    name: 'list_organizations',
    title: 'Organizations',
    description: 'The organizations of the platform in the order of their ids, with their plans.',
    operations: ['organizations.list'],
  },
  {
    name: 'dry_run_catalog',
    title: 'Dry-run a catalog',
    description:
      'What a catalog document would have made of the last 90 days, organization by organization: ' +
      'credits, overage and refusals. Applies nothing.',
    operations: ['catalog.dryRun'],
    cuts: 'organizations',
  },
  {
    name: 'list_audit_verifications',
    title: 'Verifications of the audit log',
    description:
      'Whether the audit log was found whole: the verifications of the last 90 days, the latest ' +
      'first, each with what it found.',
    operations: ['audit.verifications'],
  },
]
