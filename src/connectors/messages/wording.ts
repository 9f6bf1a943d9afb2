import type { ChannelItem, ChannelMessage } from '../../contract/channel-message.ts'
import type { Severity } from '../../core/severity.ts'
import { shownSpell, shownTime } from '../../core/shown-time.ts'

/** So many are shown, and the others counted. */
export const MOST_ITEMS = 40

const WORDS: Readonly<Record<Severity, string>> = {
  info: 'For information',
  warning: 'Warning',
  critical: 'Critical',
}

/** What an item is, in a word or two; what is over is that, however severe it was. */
export const standingOf = (item: ChannelItem): string => {
  if (item.state === 'recovered') return 'Recovered'
  if (item.recoveredAt !== null) return 'Recovered meanwhile'
  return WORDS[item.severity]
}

/** With whom it is about. */
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

/** When it was, by the clock of the channel; until it was over, where that is told as well. */
export const whenOf = ({ occurredAt, recoveredAt }: ChannelItem, zone: string): string =>
  recoveredAt === null ? shownTime(occurredAt, zone) : shownSpell(occurredAt, recoveredAt, zone)

/** Under an item: what it is, and when it was. */
export const itemNote = (item: ChannelItem, zone: string): string =>
  `${standingOf(item)} · ${whenOf(item, zone)} (${zone})`

export const moreOf = (left: number): string => `and ${left} more`

/** Why somebody is told, who may not remember that they asked. */
export const whyTold = ({ zone }: Pick<ChannelMessage, 'zone'>): string =>
  `You are told because this address is a channel of Tollgate. Times are of ${zone}.`
