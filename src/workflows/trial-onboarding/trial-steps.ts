import type { InsideStep } from '../../contract/workflow-definition.ts'
import { organizationOf } from './organization-steps.ts'
import type { TrialInput } from './trial-input.ts'

/** The events that may change the state of a trial. */
const OF_A_TRIAL = [
  ...(['trial.converted', 'trial.ended', 'trial.extended'] as const),
  ...(['subscription.ended', 'plan.changed', 'organization.closed'] as const),
] as const

/** Waits for the first chat of the trial, as long as the trial lasts. */
export const firstChat = (eventTypes: readonly string[]): InsideStep<TrialInput> => ({
  name: 'first_chat',
  do: async (context) => {
    const organizationId = organizationOf(context)
    const used = await context.firstUse(eventTypes)
    if (used) return { chatted: true, eventId: used.id, at: used.at.toISOString() }
    const { state, trialEndsAt } = await context.tollgate.subscriptions.get({ organizationId })
    const until = new Date(trialEndsAt ?? 0)
    if (state !== 'trial' || until <= context.now) return { chatted: false }
    return context.wait({ until, on: OF_A_TRIAL, usage: eventTypes })
  },
})

/**
 * Waits until the trial ends or a plan is chosen. If none was chosen, ends the subscription, unless
 * `unconverted` is `keep`. A rollback does not undo a paid plan that a customer chose.
 */
export const convertOrExpire: InsideStep<TrialInput> = {
  name: 'convert_or_expire',
  do: async (context) => {
    const organizationId = organizationOf(context)
    const { subscriptions } = context.tollgate
    const { state, plan, trialEndsAt, monthlyPriceUsd } = await subscriptions.get({
      organizationId,
    })
    const began = context.outputOf<{ plan: string }>('start_trial')?.plan
    if (state === 'ended') return { outcome: 'expired', plan }
    if (plan !== began) {
      return { outcome: Number(monthlyPriceUsd ?? 1) > 0 ? 'converted' : 'moved', plan }
    }
    const until = new Date(trialEndsAt ?? 0)
    if (state === 'trial' && until > context.now) return context.wait({ until, on: OF_A_TRIAL })
    if (context.input.unconverted === 'keep') return { outcome: 'kept', plan }
    await subscriptions.cancel({ organizationId, when: 'now' })
    return { outcome: 'expired', plan }
  },
}
