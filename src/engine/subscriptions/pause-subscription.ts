import type { CallOptions } from '../../contract/call.ts'
import type { Subscription } from '../../contract/subscriptions.ts'
import { addUnpaid, setSubscription } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { changeSubscription, requireRunning } from './change-subscription.ts'

/** From now on the gate refuses calls, and nothing is charged. */
export const pauseSubscription = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { tx, row, at } = work
    if (row.paused_at) return undefined
    await setSubscription(tx, organizationId, { pausedAt: at })
    const event = told('subscription.paused', { plan: `${row.catalog}/${row.plan}` })
    const now = { pausedAt: at.toISOString() }
    return { action: 'subscription.paused', new: now, told: [event] }
  })

/** Ends the pause. The time of the pause is never charged. */
export const resumeSubscription = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { tx, row, at } = work
    if (!row.paused_at) return undefined
    await addUnpaid(tx, organizationId, { startedAt: row.paused_at, endedAt: at })
    await setSubscription(tx, organizationId, { pausedAt: null })
    const old = { pausedAt: row.paused_at.toISOString() }
    const event = told('subscription.resumed', { plan: `${row.catalog}/${row.plan}`, ...old })
    return { action: 'subscription.resumed', old, told: [event] }
  })
