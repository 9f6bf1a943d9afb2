import type { SubscriptionTerm } from '../../core/billing/periods.ts'
import type { TermRow } from '../../storage/tables/subscriptions.ts'

/** When a subscription runs and is paid for, in the form of the core's functions. */
export const termOf = (
  row: Pick<TermRow, 'starts_at' | 'trial_ends_at' | 'paused_at' | 'ends_at'> &
    Partial<Pick<TermRow, 'unpaid'>>,
): SubscriptionTerm => {
  const { starts_at, trial_ends_at, paused_at, ends_at, unpaid = [] } = row
  const over = unpaid.map(({ started_at, ended_at }) => ({
    startMs: Date.parse(started_at),
    endMs: Date.parse(ended_at),
  }))
  return {
    cycle: { anchorMs: starts_at.getTime(), months: 1 },
    startMs: starts_at.getTime(),
    trialEndMs: trial_ends_at?.getTime(),
    pauses: paused_at ? [...over, { startMs: paused_at.getTime() }] : over,
    endMs: ends_at?.getTime(),
  }
}
