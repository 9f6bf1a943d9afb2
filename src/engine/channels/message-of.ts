import type { ChannelItem, ChannelMessage } from '../../contract/channel-message.ts'
import { highestOf, rankOf } from '../../core/severity.ts'
import type { DomainEventRow } from '../../storage/tables/domain-events.ts'
import { itemOf, RECOVERED, TEST_KIND } from './item-of.ts'

/** The input of a message. */
interface Telling {
  readonly id: string
  readonly events: readonly DomainEventRow[]
  readonly isDigest: boolean
  readonly zone: string
  readonly names: ReadonlyMap<string, string>
  readonly consoleUrl: string | null
  readonly unsubscribeUrl: string | null
}

/**
 * Merges events into one message, the most severe first. A firing and its recovery become one item.
 */
export const messageOf = ({ events, isDigest, ...telling }: Telling): ChannelMessage => {
  const { id, zone, names, consoleUrl, unsubscribeUrl } = telling
  const ends = new Map(
    events.flatMap((event) =>
      event.kind === RECOVERED ? [[firingOf(event), event] as const] : [],
    ),
  )
  const told = new Set(events.flatMap((one) => (one.kind === 'alert.fired' ? [firingOf(one)] : [])))
  const items = events
    // The recovery of a firing in the same message has no item of its own.
    .filter((event) => event.kind !== RECOVERED || !told.has(firingOf(event)))
    .map((event) => {
      const item = itemOf(event, { zone, names })
      const end = event.kind === 'alert.fired' ? ends.get(firingOf(event)) : undefined
      return end ? { ...item, recoveredAt: end.occurred_at } : item
    })
    .sort(bySeverity)
  const isTest = events.every(({ kind }) => kind === TEST_KIND)
  const purpose = isTest ? 'test' : isDigest ? 'digest' : 'alert'
  return {
    id,
    purpose,
    items,
    zone,
    consoleUrl,
    unsubscribeUrl,
    severity: highestOf(items.map(({ severity }) => severity)),
    title: purpose === 'digest' ? digestTitle(items) : titleOf(items),
  }
}

const firingOf = ({ data, id }: DomainEventRow): string =>
  typeof data.firingId === 'string' ? data.firingId : id

/** By severity, then open before recovered, then by time. */
const bySeverity = (one: ChannelItem, other: ChannelItem): number =>
  rankOf(other.severity) - rankOf(one.severity) ||
  Number(isOver(one)) - Number(isOver(other)) ||
  one.occurredAt.getTime() - other.occurredAt.getTime()

const isOver = ({ state, recoveredAt }: ChannelItem): boolean =>
  state === 'recovered' || recoveredAt !== null

const titleOf = (items: readonly ChannelItem[]): string => {
  const [first] = items
  if (!first) return 'Nothing'
  const name = first.organizationName ?? first.organizationId
  const more = items.length > 1 ? ` and ${items.length - 1} more` : ''
  return `${name === null ? '' : `${name}: `}${first.title}${more}`
}

const digestTitle = (items: readonly ChannelItem[]): string => {
  const over = items.filter(isOver).length
  const notices = `${items.length} ${items.length === 1 ? 'notice' : 'notices'}`
  return over === 0 ? notices : `${notices}, ${over} recovered meanwhile`
}
