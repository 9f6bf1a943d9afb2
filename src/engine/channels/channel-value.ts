import type { Channel, ChannelKind } from '../../contract/channels.ts'
import type { ChannelTimes } from '../../core/channel-times.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { ownerOf } from '../events/event-value.ts'
import { isUnsubscribed, READER_ENDED_IT } from './reader-consent.ts'

/** The refused messages in a row after which a channel counts as failing. */
export const REFUSALS_OF_FAILING = 3

export const channelOf = (row: EndpointRow): Channel => ({
  id: row.id,
  organizationId: ownerOf(row.organization_id),
  kind: kindOf(row),
  target: row.target,
  name: row.description,
  minimumSeverity: row.minimum_severity ?? 'info',
  kinds: [...row.kinds],
  zone: zoneOf(row),
  quietHours: quietOf(row),
  digestAt: row.digest_at,
  state: stateOf(row),
  reason: reasonOf(row),
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  failingSince: row.failing_since?.toISOString() ?? null,
  lastSuccessAt: row.last_ok_at?.toISOString() ?? null,
})

export const kindOf = ({ channel }: Pick<EndpointRow, 'channel'>): ChannelKind =>
  channel === 'slack' ? 'slack' : 'email'

export const zoneOf = ({ zone }: Pick<EndpointRow, 'zone'>): string => zone ?? 'UTC'

export const timesOf = (row: EndpointRow): ChannelTimes => ({
  zone: zoneOf(row),
  quiet: quietOf(row),
  digestAt: row.digest_at,
})

const quietOf = ({ quiet_from, quiet_until }: EndpointRow): ChannelTimes['quiet'] =>
  quiet_from === null || quiet_until === null ? null : { from: quiet_from, until: quiet_until }

/**
 * A failing channel is still on, because the next message may succeed. One whose reader ended the
 * mails is disabled, whatever it was before.
 */
const stateOf = (row: EndpointRow): Channel['state'] => {
  if (isUnsubscribed(row)) return 'disabled'
  return row.state === 'on' && row.refusals >= REFUSALS_OF_FAILING ? 'failing' : row.state
}

const reasonOf = (row: EndpointRow): string | null => {
  if (isUnsubscribed(row)) return READER_ENDED_IT
  return ['disabled', 'failing'].includes(stateOf(row)) ? row.reason : null
}
