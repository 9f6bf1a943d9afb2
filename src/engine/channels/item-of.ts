import type { ChannelItem } from '../../contract/channel-message.ts'
import { type DomainEventKind, EVENT_KINDS } from '../../contract/domain-event-kinds.ts'
import { plainWords } from '../../core/plain-words.ts'
import { severityOf } from '../../core/severity.ts'
import type { DomainEventRow } from '../../storage/tables/domain-events.ts'
import { ownerOf } from '../events/event-value.ts'
import { factsOf, factsOfAlert } from './facts-of.ts'

const FIRED = 'alert.fired'
export const RECOVERED = 'alert.recovered'
export const TEST_KIND = 'channel.test'

type Data = DomainEventRow['data']
type Facts = ChannelItem['facts']

/** The input of an item besides the event. */
interface Telling {
  readonly zone: string
  readonly names: ReadonlyMap<string, string>
}

const isAlert = (kind: string): boolean => kind === FIRED || kind === RECOVERED

/** Converts an event to an item of a message. */
export const itemOf = (event: DomainEventRow, { zone, names }: Telling): ChannelItem => {
  const { kind, data } = event
  const organizationId = ownerOf(event.organization_id)
  const name = organizationId === null ? undefined : names.get(organizationId)
  const title = isAlert(kind) ? titleOf(data) : saidOf(kind)
  return {
    eventId: event.id,
    kind,
    organizationId,
    organizationName: name === undefined ? null : plainWords(name, 80),
    severity: severityOf(kind, data),
    title: plainWords(title ?? kind),
    facts: factsOfKind(kind, data, zone),
    occurredAt: event.occurred_at,
    state: kind === RECOVERED ? 'recovered' : 'happened',
    recoveredAt: null,
  }
}

const titleOf = ({ title }: Data): string | undefined =>
  typeof title === 'string' ? title : undefined

/** The description of a kind in the catalogue of kinds, without its full stop. */
const saidOf = (kind: string): string | undefined =>
  kind === TEST_KIND
    ? 'This is a test, and the channel works'
    : EVENT_KINDS[kind as DomainEventKind]?.says.replace(/\.$/, '')

const factsOfKind = (kind: string, data: Data, zone: string): Facts => {
  if (kind === TEST_KIND) return []
  return isAlert(kind) ? factsOfAlert(data) : factsOf(data, zone)
}
