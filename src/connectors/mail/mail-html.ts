import { html, raw } from 'hono/html'
import type { ChannelItem, ChannelMessage } from '../../contract/channel-message.ts'
import type { Severity } from '../../core/severity.ts'
import {
  itemTitle,
  MOST_ITEMS,
  messageHeading,
  moreOf,
  standingOf,
  whenOf,
  whyTold,
} from '../messages/wording.ts'

const FONT =
  "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

/**
 * Light colours, inline in each element. Many mail readers drop the style sheet, and with it the
 * dark colours.
 */
const LIGHT = {
  ground: 'background-color:#f7f7f6',
  surface: 'background-color:#ffffff',
  line: 'border-color:#e2e4e7',
  text: 'color:#16191d',
  muted: 'color:#565d69',
  accent: 'color:#0b6b6b',
  button: 'background-color:#0b6b6b;color:#ffffff',
} as const

const SEVERITY_COLOR: Readonly<Record<Severity | 'over', string>> = {
  critical: '#b3261e',
  warning: '#955800',
  info: '#4a6684',
  over: '#1a7048',
}

const DARK = `
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
  .ground { background-color: #0f1114 !important }
  .surface { background-color: #15181d !important }
  .line { border-color: #282d36 !important }
  .text { color: #e7e9ed !important }
  .muted { color: #a3abb8 !important }
  .accent { color: #58c4bd !important }
  .button { background-color: #58c4bd !important; color: #07211f !important }
  .critical { color: #f2867e !important }
  .warning { color: #e3a847 !important }
  .info { color: #8ea9c8 !important }
  .over { color: #62bd92 !important }
}
@media (max-width: 480px) {
  .page { padding: 0 !important }
  .card { border-left: 0 !important; border-right: 0 !important; border-radius: 0 !important }
  .inner { padding-left: 20px !important; padding-right: 20px !important }
}
`

type Part = ReturnType<typeof html>

/**
 * A message as an HTML mail. It uses tables and inline styles, which mail readers keep, and loads
 * nothing from the network. All text is escaped.
 */
export const mailHtml = async (message: ChannelMessage): Promise<string> => {
  const { items, consoleUrl } = message
  const shown = items.slice(0, MOST_ITEMS)
  const left = items.length - shown.length
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${messageHeading(message)}</title>
<style>${raw(DARK)}</style>
</head>
<body class="ground" style="margin:0;padding:0;${LIGHT.ground};-webkit-text-size-adjust:100%">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="ground" style="${LIGHT.ground}">
<tr><td align="center" class="page" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="surface line card" style="max-width:600px;${LIGHT.surface};border:1px solid;${LIGHT.line};border-radius:8px;border-collapse:separate">
<tr><td class="inner accent" style="padding:24px 32px 0;${FONT};font-size:13px;line-height:20px;font-weight:600;${LIGHT.accent}">Tollgate</td></tr>
${heading(message)}
${shown.map((item, index) => itemRow(item, message, index > 0))}
${left > 0 ? html`<tr><td class="inner muted" style="padding:16px 32px 0;${FONT};font-size:14px;line-height:20px;${LIGHT.muted}">${moreOf(left)}</td></tr>` : ''}
${consoleUrl === null ? '' : buttonRow(consoleUrl)}
<tr><td style="padding:0 0 32px;font-size:0;line-height:0">&nbsp;</td></tr>
</table>
${footer(message)}
</td></tr>
</table>
</body>
</html>
`
  return String(page)
}

/** The title of a single notice, or a summary of several. */
const heading = (message: ChannelMessage): Part => {
  const [first] = message.items
  const isOne = message.items.length === 1
  const title = isOne && first ? itemTitle(first) : headline(message)
  return html`<tr><td class="inner text" style="padding:8px 32px 0;${FONT};font-size:20px;line-height:28px;font-weight:600;${LIGHT.text};overflow-wrap:anywhere;word-break:break-word">${title}</td></tr>`
}

const headline = ({ purpose, title, items }: ChannelMessage): string =>
  purpose === 'digest' ? title : `${items.length} notices`

const itemRow = (item: ChannelItem, message: ChannelMessage, isFurther: boolean): Part => {
  const isOne = message.items.length === 1
  const rule = isFurther ? `border-top:1px solid;${LIGHT.line};` : ''
  return html`<tr><td class="inner" style="padding:${isFurther || isOne ? '0' : '16px'} 32px 0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"${raw(isFurther ? ' style="margin-top:20px"' : '')}>
<tr><td class="line" style="${rule}padding-top:${isFurther ? '20px' : '4px'};${FONT};font-size:14px;line-height:20px">${standing(item)}<span class="muted" style="${LIGHT.muted}"> &middot; ${whenOf(item, message.zone)}</span></td></tr>
${isOne ? '' : html`<tr><td class="text" style="padding-top:2px;${FONT};font-size:16px;line-height:24px;font-weight:600;${LIGHT.text};overflow-wrap:anywhere;word-break:break-word">${itemTitle(item)}</td></tr>`}
${item.facts.length === 0 ? '' : factsRow(item)}
</table>
</td></tr>`
}

const standing = (item: ChannelItem): Part => {
  const isOver = item.state === 'recovered' || item.recoveredAt !== null
  const color = isOver ? 'over' : item.severity
  return html`<span class="${color}" style="font-weight:600;color:${SEVERITY_COLOR[color]}">${standingOf(item)}</span>`
}

const factsRow = ({ facts }: ChannelItem): Part => html`<tr><td style="padding-top:12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
${facts.map(
  ({ label, value }) => html`<tr>
<td class="muted" valign="top" style="padding:3px 16px 3px 0;width:104px;${FONT};font-size:14px;line-height:20px;${LIGHT.muted}">${label}</td>
<td class="text" valign="top" style="padding:3px 0;${FONT};font-size:14px;line-height:20px;${LIGHT.text};overflow-wrap:anywhere;word-break:break-word;font-variant-numeric:tabular-nums">${value}</td>
</tr>`,
)}
</table>
</td></tr>`

const buttonRow = (url: string): Part => html`<tr><td class="inner" style="padding:24px 32px 0">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td class="button" style="${LIGHT.button};border-radius:6px"><a href="${url}" class="button" style="display:inline-block;padding:9px 16px;${FONT};font-size:14px;line-height:20px;font-weight:600;text-decoration:none;border-radius:6px;${LIGHT.button}">Open Tollgate</a></td></tr></table>
</td></tr>`

const footer = (message: ChannelMessage): Part => {
  const { unsubscribeUrl } = message
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px">
<tr><td class="inner muted" style="padding:16px 32px 32px;${FONT};font-size:12px;line-height:18px;${LIGHT.muted}">${whyTold(message)}${
    unsubscribeUrl === null
      ? ''
      : html` <a href="${unsubscribeUrl}" class="muted" style="${LIGHT.muted};text-decoration:underline">Stop these mails</a>`
  }</td></tr>
</table>`
}
