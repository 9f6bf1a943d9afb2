import type { Tool } from './tool.ts'

/**
 * Writing tools, off by default. Each action that cannot be undone has a preview tool, so that a
 * person can approve it in between.
 */
export const WRITING: readonly Tool[] = [
  {
    name: 'preview_grant',
    title: 'Preview a grant',
    description:
      'What `grant_credits` would grant, after the same checks, with the balance before it. ' +
      'Grants nothing. Show it to a person before `grant_credits`.',
    operations: ['grants.create', 'grants.balance'],
    previews: true,
    puts: {
      fields: { grant: 'input', balance: 'grants.balance' },
      together: async ({ ask, admitOnly }, input) => {
        const grant = await admitOnly('grants.create', input)
        const balance = await ask('grants.balance', { organizationId: input.organizationId })
        return { grant, balance }
      },
    },
  },
  {
    name: 'grant_credits',
    title: 'Grant credits',
    description:
      'Grants an organization credits, which can be used at once and pay off debt first. Call ' +
      '`preview_grant` first and let a person confirm. Repeating the same `idempotencyKey` ' +
      'grants nothing more.',
    operations: ['grants.create'],
    writes: true,
  },
  {
    name: 'preview_replay',
    title: 'Preview a resend',
    description:
      'A delivery with all its tries, and whether `replay_delivery` may send it again. Sends ' +
      'nothing. Show it to a person before `replay_delivery`.',
    operations: ['deliveries.get', 'deliveries.resend'],
    previews: true,
    puts: {
      fields: { delivery: 'deliveries.get', replay: 'input' },
      together: async ({ ask, admitOnly }, input) => {
        const replay = await admitOnly('deliveries.resend', input)
        return { delivery: await ask('deliveries.get', input), replay }
      },
    },
  },
  {
    name: 'replay_delivery',
    title: 'Send deliveries again',
    description:
      'Sends one delivery again, or those of a time range, to their endpoint, with the same ' +
      '`webhook-id`. Call `preview_replay` first and let a person confirm.',
    operations: ['deliveries.resend'],
    writes: true,
    destructive: true,
  },
  {
    name: 'verify_audit',
    title: 'Verify the audit log',
    description:
      'Starts a verification of the audit log and returns at once. `list_audit_verifications` ' +
      'shows its result.',
    operations: ['audit.verify'],
    writes: true,
  },
]
