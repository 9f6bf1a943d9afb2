import type { InsideStep, StepContext } from '../../contract/workflow-definition.ts'
import type { TrialInput } from './trial-input.ts'

const DAY_MS = 86_400_000

/** The organization of the trial. */
export const organizationOf = ({ run, stop }: Pick<StepContext, 'run' | 'stop'>): string =>
  run.organizationId ?? stop('a trial needs an organization: start the run with its organizationId')

export const createOrganization: InsideStep<TrialInput> = {
  name: 'create_organization',
  do: async (context) => {
    const id = organizationOf(context)
    const { name, plan } = context.input
    return await context.tollgate.organizations.create({ id, name, plan })
  },
  // Entries in the ledger stay, so the organization's id stays too.
  undo: async (context) => {
    await context.tollgate.organizations.close({ organizationId: organizationOf(context) })
    return undefined
  },
}

export const startTrial: InsideStep<TrialInput> = {
  name: 'start_trial',
  do: async (context) => {
    const endsAt = new Date(context.now.getTime() + context.input.trialDays * DAY_MS)
    const { plan } = await context.tollgate.subscriptions.extendTrial({
      organizationId: organizationOf(context),
      endsAt: endsAt.toISOString(),
    })
    return { plan, trialEndsAt: endsAt.toISOString() }
  },
  undo: async (context) => {
    const organizationId = organizationOf(context)
    const { state } = await context.tollgate.subscriptions.get({ organizationId })
    if (state === 'ended') return 'nothing'
    const { endsAt } = await context.tollgate.subscriptions.cancel({ organizationId, when: 'now' })
    return { endsAt }
  },
}

export const grantCredits: InsideStep<TrialInput> = {
  name: 'grant_credits',
  do: async (context) => {
    const { credits } = context.input
    if (credits === 0) return { credits }
    const expiresAt = context.outputOf<{ trialEndsAt: string }>('start_trial')?.trialEndsAt
    const { grant } = await context.tollgate.grants.create({
      organizationId: organizationOf(context),
      id: context.idempotencyKey,
      credits,
      reason: 'trial',
      ...(expiresAt !== undefined && { expiresAt }),
    })
    return { credits, grantId: grant?.id }
  },
  undo: async (context) => {
    const grantId = context.output<{ grantId?: string }>()?.grantId
    if (grantId === undefined) return 'nothing'
    const organizationId = organizationOf(context)
    const { taken } = await context.tollgate.grants.end({ organizationId, grantId })
    return { taken }
  },
}
