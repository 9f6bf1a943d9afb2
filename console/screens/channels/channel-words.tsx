import type { Channel } from '../../../src/client/index.ts'
import { State } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { kindsText } from '../webhooks/endpoint-state.tsx'
import { ALERTS } from './channel-values.ts'

export const KIND_TEXT = { slack: 'Slack', email: 'E-mail' } as const

/** The name of a channel, or its address. */
export const channelName = ({ name, target }: Pick<Channel, 'name' | 'target'>): string =>
  name ?? target

/** A short text of the channel's event kinds. */
export const toldText = ({ kinds, minimumSeverity }: Channel): string => {
  const what = kinds.length === 1 && kinds[0] === ALERTS ? 'alerts' : kindsText(kinds)
  return minimumSeverity === 'info' ? what : `${what}, ${minimumSeverity} and above`
}

/** The delivery times of a channel as text. */
export const timesText = ({ digestAt, quietHours, zone }: Channel): string => {
  const when = digestAt === null ? 'at once' : `once a day at ${digestAt}`
  const quiet = quietHours && `quiet ${quietHours.from}–${quietHours.until}`
  const zoned = digestAt !== null || quiet ? ` (${zone})` : ''
  return `${[when, quiet].filter(Boolean).join(', ')}${zoned}`
}

/** Whether a channel is on, and whether its deliveries fail. */
export const ChannelState = ({ of: { state, failingSince } }: { readonly of: Channel }) => {
  if (state === 'disabled') return <State tone="reached">disabled</State>
  if (state === 'paused') {
    return (
      <State tone="muted" icon="paused">
        paused
      </State>
    )
  }
  if (state === 'on' && failingSince === null) return <State tone="good">on</State>
  return (
    <State tone="near">
      {state === 'on' ? 'on, last delivery failed' : 'failing'}
      {failingSince !== null && (
        <>
          {' '}
          since <Time at={failingSince} form="relative" />
        </>
      )}
    </State>
  )
}
