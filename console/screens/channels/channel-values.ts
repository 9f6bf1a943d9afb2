import type { Channel } from '../../../src/client/index.ts'
import type { Severity } from '../../../src/core/severity.ts'

/** The form state of a channel. */
export interface ChannelValues {
  readonly kind: Channel['kind']
  readonly target: string
  readonly name: string
  readonly minimumSeverity: Severity
  readonly kinds: readonly string[]
  readonly zone: string
  /** Times of day; both are empty without quiet hours. */
  readonly quietFrom: string
  readonly quietUntil: string
  /** Empty: each message is sent at once. */
  readonly digestAt: string
}

/** The event kinds of a channel that selects none. */
export const ALERTS = 'alert.*'

export const NEW_CHANNEL: ChannelValues = {
  kind: 'slack',
  target: '',
  name: '',
  minimumSeverity: 'warning',
  kinds: [ALERTS],
  zone: 'UTC',
  quietFrom: '',
  quietUntil: '',
  digestAt: '',
}

/**
 * The form state of an existing channel. Only the end of a Slack address is known, so an empty
 * field leaves it unchanged.
 */
export const channelValuesOf = (channel: Channel): ChannelValues => ({
  kind: channel.kind,
  target: channel.kind === 'slack' ? '' : channel.target,
  name: channel.name ?? '',
  minimumSeverity: channel.minimumSeverity,
  kinds: channel.kinds,
  zone: channel.zone,
  quietFrom: channel.quietHours?.from ?? '',
  quietUntil: channel.quietHours?.until ?? '',
  digestAt: channel.digestAt ?? '',
})

const settingsOf = (values: ChannelValues) => ({
  minimumSeverity: values.minimumSeverity,
  zone: values.zone,
  kinds: values.kinds.length === 0 ? [ALERTS] : [...values.kinds],
  quietHours:
    values.quietFrom === '' && values.quietUntil === ''
      ? null
      : { from: values.quietFrom, until: values.quietUntil },
  digestAt: values.digestAt === '' ? null : values.digestAt,
})

export const createInput = (values: ChannelValues) => ({
  kind: values.kind,
  target: values.target.trim(),
  ...settingsOf(values),
  ...(values.name !== '' && { name: values.name }),
})

export const changeInput = (values: ChannelValues) => ({
  name: values.name === '' ? null : values.name,
  ...settingsOf(values),
  ...(values.target !== '' && { target: values.target.trim() }),
})
