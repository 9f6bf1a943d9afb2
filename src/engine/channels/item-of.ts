import type { ChannelItem } from '../../contract/channel-message.ts'
import { type DomainEventKind, EVENT_KINDS } from '../../contract/domain-event-kinds.ts'
import { plainWords, shownDecimal } from '../../core/plain-words.ts'
import { severityOf } from '../../core/severity.ts'
import { shownTime } from '../../core/shown-time.ts'
import type { DomainEventRow } from '../../storage/tables/domain-events.ts'
import { ownerOf } from '../events/event-value.ts'

const MOST_FACTS = 6
const FIRED = 'alert.fired'
export const RECOVERED = 'alert.recovered'
export const TEST_KIND = 'channel.test'

type Data = DomainEventRow['data']
type Facts = ChannelItem['facts']

/** What a channel needs to know beside the event. */
interface Telling {
  readonly zone: string
  readonly names: ReadonlyMap<string, string>
}

const isAlert = (kind: string): boolean => kind === FIRED || kind === RECOVERED

/** An event as people are told of it. */
export const itemOf = (event: DomainEventRow, { zone, names }: Telling): ChannelItem => {
  const { kind, data } = event
  const organizationId = ownerOf(event.organization_id)
  const name = organizationId === null ? undefined : names.get(organizationId)
  const title = isAlert(kind) ? text(data.title) : saidOf(kind)
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

/** What the catalogue of kinds says, without the full stop of its sentence. */
const saidOf = (kind: string): string | undefined =>
  kind === TEST_KIND
    ? 'This is a test, and the channel works'
    : EVENT_KINDS[kind as DomainEventKind]?.says.replace(/\.$/, '')

const factsOfKind = (kind: string, data: Data, zone: string): Facts => {
  if (kind === TEST_KIND) return []
  return isAlert(kind) ? factsOfAlert(data, zone) : factsOf(data, zone)
}

/** An alert says in a few words what it saw. */
const factsOfAlert = (data: Data, zone: string): Facts => {
  const unit = text(data.unit)
  const [value, maximum, threshold] = [data.value, data.maximum, data.threshold].map(amountOf)
  const [from, until] = [data.windowStart, data.windowEnd].map((one) => timeOf(one, zone))
  return shown({
    About: text(data.subject),
    Value: withUnit(maximum && value ? `${value} of ${maximum}` : value, unit),
    Threshold: withUnit(threshold, unit),
    Window: from && until ? `${from} to ${until}` : from,
    Note: data.standing === true ? 'It was so already when the alert was made.' : undefined,
  })
}

/** Of any other event, what its data says in single values. */
const factsOf = (data: Data, zone: string): Facts =>
  shown(
    Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        labelOf(name),
        timeOf(value, zone) ?? plain(value),
      ]),
    ),
  ).slice(0, MOST_FACTS)

const shown = (facts: Readonly<Record<string, string | undefined>>): Facts =>
  Object.entries(facts).flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [{ label, value: plainWords(value, 300) }],
  )

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const amountOf = (value: unknown): string | undefined => {
  const exact = text(value)
  return exact === undefined ? undefined : shownDecimal(exact)
}

const withUnit = (value: string | undefined, unit: string | undefined): string | undefined => {
  if (value === undefined || unit === undefined || unit === '') return value
  return unit === '%' ? `${value} %` : `${value} ${unit}`
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

const timeOf = (value: unknown, zone: string): string | undefined =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
    ? shownTime(new Date(value), zone)
    : undefined

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined

/** `periodStart` as `Period start`. */
const labelOf = (name: string): string => {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
