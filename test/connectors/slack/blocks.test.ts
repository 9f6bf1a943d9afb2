import { describe, expect, it } from 'vitest'
import { slackBody } from '../../../src/connectors/slack/blocks.ts'
import { SLACK_LIMITS, slackText } from '../../../src/connectors/slack/limits.ts'
import type { ChannelItem, ChannelMessage } from '../../../src/contract/channel-message.ts'

const item = (more: Partial<ChannelItem> = {}): ChannelItem => ({
  eventId: 'e',
  kind: 'alert.fired',
  organizationId: 'acme',
  organizationName: 'Acme',
  severity: 'warning',
  title: 'Something',
  facts: [],
  state: 'happened',
  recoveredAt: null,
  occurredAt: new Date('2026-03-10T09:00:00Z'),
  ...more,
})

const message = (items: readonly ChannelItem[], more: Partial<ChannelMessage> = {}) =>
  slackBody({
    id: 'm',
    purpose: 'alert',
    severity: 'warning',
    title: items[0]?.title ?? '',
    items,
    zone: 'UTC',
    consoleUrl: 'https://tollgate.example.com/console',
    unsubscribeUrl: null,
    ...more,
  })

type Text = { readonly type: string; readonly text: string }
type Block = {
  readonly type: string
  readonly text?: Text
  readonly fields?: readonly Text[]
  readonly elements?: readonly (Partial<Text> & { url?: string })[]
}

/** Checks a body against all rules that Slack enforces. */
const held = ({ text, blocks }: ReturnType<typeof slackBody>): void => {
  expect(text.length).toBeLessThanOrEqual(SLACK_LIMITS.text)
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(JSON.stringify(blocks).length).toBeLessThan(13_000)
  for (const block of blocks as readonly Block[]) {
    if (block.type === 'header') expect(block.text?.text.length).toBeLessThanOrEqual(150)
    if (block.type === 'section') expect((block.text?.text ?? '').length).toBeLessThanOrEqual(3_000)
    if (block.type === 'section') expect(block.text ?? block.fields).toBeDefined()
    expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10)
    for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000)
    for (const one of [block.text, ...(block.fields ?? [])]) if (one) expect(one.text).not.toBe('')
  }
}

describe('a message for Slack', () => {
  it('has a heading for one alert, its facts and its time', () => {
    const facts = [{ label: 'Value', value: '80 of 100' }]
    expect(message([item({ facts })], { title: 'Acme: Something' })).toEqual({
      text: '[Warning] Acme: Something',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: '[Warning] Acme: Something', emoji: false },
        },
        {
          type: 'section',
          fields: [{ type: 'mrkdwn', text: '*Value*\n80 of 100', verbatim: true }],
        },
        {
          type: 'context',
          elements: [
            { type: 'mrkdwn', text: 'Warning · 10 Mar 2026, 09:00 (UTC)', verbatim: true },
          ],
        },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Open Tollgate', emoji: false },
              url: 'https://tollgate.example.com/console',
            },
          ],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  it('stays within every limit, whatever the number and length of its items', () => {
    const long = 'ö<&>😀'.repeat(2_000)
    const facts = Array.from({ length: 12 }, () => ({ label: long, value: long }))
    for (const count of [0, 1, 3, 51]) {
      for (const one of [
        item(),
        item({ title: long }),
        item({ facts }),
        item({ title: long, facts }),
      ]) {
        const items = Array.from({ length: count }, () => one)
        held(message(items, { title: long }))
      }
    }
  })

  it('counts the items that do not fit', () => {
    const { blocks } = message(Array.from({ length: 51 }, () => item()))
    const shown = blocks.filter(({ type }) => type === 'section').length
    expect(shown).toBeGreaterThan(10)
    expect(JSON.stringify(blocks)).toContain(`and ${51 - shown} more`)
  })

  it("contains no mention, link or command from customers' text", () => {
    const hostile = '<!channel> <@U1> <https://evil.test|here> & <#C1>'
    const body = message(
      [
        item({
          title: hostile,
          organizationName: hostile,
          facts: [{ label: hostile, value: hostile }],
        }),
      ],
      { title: hostile },
    )
    expect(JSON.stringify(body)).not.toMatch(/[<>]/)
    expect(body.text).toContain('&lt;!channel&gt; &lt;@U1&gt;')
    for (const marked of JSON.stringify(body.blocks).match(/"type":"mrkdwn"[^}]*/g) ?? []) {
      expect(marked).toContain('"verbatim":true')
    }
  })

  it('cuts words between characters, never within an escape', () => {
    expect(slackText('a<b', 6)).toBe('a&lt;b')
    expect(slackText('aa<b', 6)).toBe('aa…')
    expect(slackText('😀😀', 3)).toBe('😀…')
    expect(slackText('<'.repeat(13_001), 13_000).length).toBeLessThanOrEqual(13_000)
  })
})
