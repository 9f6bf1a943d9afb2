import type { CallOptions } from '../../contract/call.ts'
import type { Subscription } from '../../contract/subscriptions.ts'
import { addUnpaid, setSubscription } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
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
    return { action: 'subscription.paused', new: { pausedAt: at.toISOString() } }
  })

/** It goes on; the time of the pause is not charged later either. */
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
    return { action: 'subscription.resumed', old: { pausedAt: row.paused_at.toISOString() } }
  })
