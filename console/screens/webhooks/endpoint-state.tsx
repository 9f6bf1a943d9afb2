import type { Delivery, Webhook } from '../../../src/client/index.ts'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'

/** Whether an endpoint is on, and whether its deliveries fail. */
export const EndpointState = ({ of: { state, failingSince } }: { readonly of: Webhook }) => {
  if (state === 'disabled') return <State tone="reached">disabled</State>
  if (state === 'paused') {
    return (
      <State tone="near" icon="paused">
        paused
      </State>
    )
  }
  if (failingSince === null) return <State tone="good">on</State>
  return (
    <State tone="near">
      on, failing since <Time at={failingSince} form="relative" />
    </State>
  )
}

const DELIVERY_TONES = {
  waiting: { tone: 'ok', icon: 'muted' },
  done: { tone: 'good' },
  failed: { tone: 'reached' },
  skipped: { tone: 'muted', icon: 'paused' },
} as const

export const DeliveryState = ({ of }: { readonly of: Delivery['state'] }) => (
  <State {...DELIVERY_TONES[of]}>{of}</State>
)

/** A short text of the endpoint's event kinds. */
export const kindsText = (kinds: readonly string[]): string => {
  if (kinds.length === 0) return 'everything'
  if (kinds.length <= 2) return kinds.join(', ')
  return `${kinds[0]} and ${kinds.length - 1} more`
}
