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
      'What `grant_credits` would give, checked as it would be, beside the balance before it. ' +
      'Gives nothing. Show it to a person before `grant_credits`.',
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
      'Gives an organization credits, which can be used at once and pay a debt first. Call ' +
      '`preview_grant` before it and let a person confirm. The same `idempotencyKey` gives once.',
    operations: ['grants.create'],
    writes: true,
  },
  {
    name: 'preview_replay',
    title: 'Preview a replay',
    description:
      'A delivery with every try of it, and whether `replay_delivery` may send it again. Sends ' +
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
      'Sends a delivery again, or those of a range by time, to the endpoint that it was for, with ' +
      'the same `webhook-id`. Call `preview_replay` before it and let a person confirm.',
    operations: ['deliveries.resend'],
    writes: true,
    destructive: true,
  },
  {
    name: 'verify_audit',
    title: 'Verify the audit log',
    description:
      'Begins a verification of the audit log, which goes on by itself. Its outcome is in ' +
      '`list_audit_verifications`.',
    operations: ['audit.verify'],
    writes: true,
  },
]
