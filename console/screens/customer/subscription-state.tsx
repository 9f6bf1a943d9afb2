import type { Subscription } from '../../../src/client/index.ts'
import { dateText, UTC } from '../../../src/react/format/index.ts'
import { State } from '../../ui/state.tsx'

/** The subscription's state, with its most relevant date. */
export const SubscriptionState = ({
  of,
  isClosed,
}: {
  readonly of: Subscription
  readonly isClosed: boolean
}) => {
  if (isClosed) return <State tone="muted">closed</State>
  if (of.state === 'paused') {
    return (
      <State tone="near" icon="paused">
        paused{of.pausedAt ? ` since ${dateText(of.pausedAt, UTC)}` : ''}
      </State>
    )
  }
  if (of.state === 'ended') {
    return <State tone="reached">ended{of.endsAt ? ` ${dateText(of.endsAt, UTC)}` : ''}</State>
  }
  if (of.state === 'trial') {
    return (
      <State tone="ok">
        trial{of.trialEndsAt ? ` until ${dateText(of.trialEndsAt, UTC)}` : ''}
      </State>
    )
  }
  return of.endsAt ? (
    <State tone="near">active, ends {dateText(of.endsAt, UTC)}</State>
  ) : (
    <State tone="good">active</State>
  )
}
