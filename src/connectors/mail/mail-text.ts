import type { ChannelItem, ChannelMessage, MailText } from '../../contract/channel-message.ts'
import {
  itemNote,
  itemTitle,
  MOST_ITEMS,
  messageHeading,
  moreOf,
  whyTold,
} from '../messages/wording.ts'
import { mailHtml } from './mail-html.ts'

const MOST_SUBJECT = 200

/** A message as a mail: a subject, plain text, and the same as HTML. */
export const mailText = async (message: ChannelMessage): Promise<MailText> => ({
  subject: [...messageHeading(message)].slice(0, MOST_SUBJECT).join(''),
  text: plainText(message),
  html: await mailHtml(message),
})

/** The message as plain text without markup, in lines that a terminal shows as they are. */
const plainText = (message: ChannelMessage): string => {
  const { items, consoleUrl, unsubscribeUrl } = message
  const left = items.length - MOST_ITEMS
  return [
    ...items.slice(0, MOST_ITEMS).map((item) => plainItem(item, message.zone)),
    ...(left > 0 ? [moreOf(left)] : []),
    ...(consoleUrl === null ? [] : [`Open Tollgate: ${consoleUrl}`]),
    `-- \n${[whyTold(message), unsubscribeUrl && `Stop these mails: ${unsubscribeUrl}`]
      .filter(Boolean)
      .join('\n')}\n`,
  ].join('\n\n')
}

const plainItem = (item: ChannelItem, zone: string): string => {
  const width = Math.max(0, ...item.facts.map(({ label }) => label.length)) + 1
  return [
    itemTitle(item),
    itemNote(item, zone),
    ...item.facts.map(({ label, value }) => `  ${`${label}:`.padEnd(width)} ${value}`),
  ].join('\n')
}
