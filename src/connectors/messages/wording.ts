import type { ChannelItem, ChannelMessage } from '../../contract/channel-message.ts'
import type { Severity } from '../../core/severity.ts'
import { shownSpell, shownTime } from '../../core/shown-time.ts'

/** The most items that are shown. The rest are only counted. */
export const MOST_ITEMS = 40

const WORDS: Readonly<Record<Severity, string>> = {
  info: 'For information',
  warning: 'Warning',
  critical: 'Critical',
}

/** The state of an item in a word or two. A recovered item says so, however severe it was. */
export const standingOf = (item: ChannelItem): string => {
  if (item.state === 'recovered') return 'Recovered'
  if (item.recoveredAt !== null) return 'Recovered meanwhile'
  return WORDS[item.severity]
}

/** The title, with the name of the organization. */
export const itemTitle = ({ organizationName, organizationId, title }: ChannelItem): string => {
  const name = organizationName ?? organizationId
  return name === null ? title : `${name}: ${title}`
}

/** The line that a notification or a list of mails shows. */
export const messageHeading = ({ purpose, items, title }: ChannelMessage): string => {
  const [first] = items
  if (purpose === 'test' || !first) return title
  return `[${purpose === 'digest' ? 'Digest' : standingOf(first)}] ${title}`
}

/**
 * When it happened, in the channel's time zone. For an item that has recovered, the range until
 * then.
 */
export const whenOf = ({ occurredAt, recoveredAt }: ChannelItem, zone: string): string =>
  recoveredAt === null ? shownTime(occurredAt, zone) : shownSpell(occurredAt, recoveredAt, zone)

/** The line under an item: its state and its time. */
export const itemNote = (item: ChannelItem, zone: string): string =>
  `${standingOf(item)} · ${whenOf(item, zone)} (${zone})`

export const moreOf = (left: number): string => `and ${left} more`

/** Why the reader gets this message, for readers who have forgotten that they asked. */
export const whyTold = ({ zone }: Pick<ChannelMessage, 'zone'>): string =>
  `You are told because this address is a channel of Tollgate. Times are of ${zone}.`
