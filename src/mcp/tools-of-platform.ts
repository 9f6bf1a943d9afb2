import type { Tool } from './tool.ts'

/** Tools for keys of the platform only. */
export const READING_PLATFORM: readonly Tool[] = [
  {
    name: 'list_organizations',
    title: 'Organizations',
    description: 'The organizations of the platform by id, with their plans.',
    operations: ['organizations.list'],
  },
  {
    name: 'dry_run_catalog',
    title: 'Dry-run a catalog',
    description:
      'What a catalog document would have done in the last 90 days, by organization: credits, ' +
      'overage and refusals. Applies nothing.',
    operations: ['catalog.dryRun'],
    cuts: 'organizations',
  },
  {
    name: 'list_audit_verifications',
    title: 'Verifications of the audit log',
    description:
      'The verifications of the audit log in the last 90 days, latest first, each with its ' +
      'result.',
    operations: ['audit.verifications'],
  },
]
