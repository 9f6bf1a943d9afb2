import type { ChannelItem, ChannelMessage } from '../../contract/channel-message.ts'
import { itemNote, itemTitle, MOST_ITEMS, messageHeading, moreOf } from '../messages/wording.ts'
import { SLACK_LIMITS, slackText } from './limits.ts'

type Block = Readonly<Record<string, unknown>>

/** The body of a request to an incoming webhook. */
interface SlackBody {
  readonly text: string
  readonly blocks: readonly Block[]
  readonly unfurl_links: false
  readonly unfurl_media: false
}

/** A message in Slack's format, within all of its limits. Items that do not fit are counted. */
export const slackBody = (message: ChannelMessage): SlackBody => {
  const heading = messageHeading(message)
  const head = [header(heading)]
  const isOne = message.items.length === 1
  const body: Block[] = []
  let told = 0
  for (const item of message.items.slice(0, MOST_ITEMS)) {
    const more = [...(told === 0 ? [] : [{ type: 'divider' }]), ...blocksOf(item, message, isOne)]
    const tail = tailOf(message, message.items.length - told - 1)
    if (!fits([...head, ...body, ...more, ...tail])) break
    body.push(...more)
    told += 1
  }
  return {
    text: slackText(heading, SLACK_LIMITS.text),
    blocks: [...head, ...body, ...tailOf(message, message.items.length - told)],
    unfurl_links: false,
    unfurl_media: false,
  }
}

const fits = (blocks: readonly Block[]): boolean =>
  blocks.length <= SLACK_LIMITS.blocks && JSON.stringify(blocks).length <= SLACK_LIMITS.together

const header = (text: string): Block => ({
  type: 'header',
  text: { type: 'plain_text', text: slackText(text, SLACK_LIMITS.header), emoji: false },
})

/** `verbatim` keeps Slack from turning words into links. */
const marked = (text: string): Block => ({ type: 'mrkdwn', text, verbatim: true })

const blocksOf = (item: ChannelItem, message: ChannelMessage, isOne: boolean): Block[] => {
  const fields = item.facts.slice(0, SLACK_LIMITS.fields).map(({ label, value }) => {
    const name = slackText(label, 60)
    return marked(`*${name}*\n${slackText(value, SLACK_LIMITS.field - name.length - 3)}`)
  })
  // For a single item, the heading already has the title.
  const title = isOne
    ? undefined
    : marked(`*${slackText(itemTitle(item), SLACK_LIMITS.section - 2)}*`)
  const says = { ...(title && { text: title }), ...(fields.length > 0 && { fields }) }
  return [
    ...(Object.keys(says).length > 0 ? [{ type: 'section', ...says }] : []),
    context(itemNote(item, message.zone)),
  ]
}

const context = (text: string): Block => ({
  type: 'context',
  elements: [marked(slackText(text, SLACK_LIMITS.context))],
})

const tailOf = ({ consoleUrl }: ChannelMessage, left: number): Block[] => [
  ...(left > 0 ? [context(moreOf(left))] : []),
  ...(consoleUrl !== null && consoleUrl.length <= SLACK_LIMITS.buttonUrl
    ? [{ type: 'actions', elements: [button(consoleUrl)] }]
    : []),
]

const button = (url: string): Block => ({
  type: 'button',
  text: { type: 'plain_text', text: 'Open Tollgate', emoji: false },
  url,
})
