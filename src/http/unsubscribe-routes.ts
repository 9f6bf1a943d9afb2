import { html, raw } from 'hono/html'
import { z } from 'zod'
import { storableText } from '../contract/text.ts'
import { completed } from '../operations/operation.ts'
import type { DoorCall, DoorRoute } from './door-route.ts'
import { htmlReply, styledPage } from './html-reply.ts'

const PATH = '/unsubscribe/{token}'
const params = { token: storableText(300).describe("the token in the mail's link") }

const STYLE = `
:root { color-scheme: light dark }
body {
  margin: 0 auto; padding: 4rem 1.5rem; max-width: 32rem;
  background: light-dark(#f7f7f6, #0f1114); color: light-dark(#16191d, #e7e9ed);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.3 }
p { margin: 0 0 1.5rem; color: light-dark(#565d69, #a3abb8); overflow-wrap: anywhere }
button {
  border: 0; border-radius: 6px; padding: .625rem 1rem; font: inherit; font-weight: 600;
  background: light-dark(#0b6b6b, #58c4bd); color: light-dark(#fff, #07211f); cursor: pointer;
}
button:focus-visible { outline: 2px solid light-dark(#0b6b6b, #58c4bd); outline-offset: 2px }
`

/** The field of the form that takes an end back. A mail client's own request has another one. */
const RESUMES = { name: 'mails', value: 'again' } as const

const stopForm = html`<form method="post"><button>Stop these mails</button></form>`
const resumeForm = html`<form method="post"><input type="hidden" name="${RESUMES.name}" value="${RESUMES.value}"><button>Send them again</button></form>`

const pageOf = async (title: string, says: string, form: typeof stopForm | '' = '') => {
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<p>${says}</p>
${form}
</body>
</html>
`
  const styled = styledPage(String(page), STYLE, "'self'")
  return htmlReply(styled, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
}

const inputOf = ({ call }: DoorCall) =>
  call.input as { readonly token: string; readonly body?: string }

const tokenOf = (door: DoorCall): string => inputOf(door).token

const isResuming = (door: DoorCall): boolean =>
  new URLSearchParams(inputOf(door).body).get(RESUMES.name) === RESUMES.value

const ended = (address: string) =>
  pageOf('These mails have ended', `Nothing more is sent to ${address}.`, resumeForm)

const resumed = (address: string) =>
  pageOf('These mails go on', `Alerts of Tollgate are sent to ${address} again.`, stopForm)

const unsubscribePage: DoorRoute = {
  operation: completed({
    name: 'unsubscribe.page',
    method: 'get',
    path: PATH,
    right: 'public',
    tag: 'Channels',
    summary: 'Show the page behind “Stop these mails”',
    description:
      'For readers of a mail, by its signed link. Changes nothing, so that link scanners ' +
      'unsubscribe nobody.',
    params,
    answer: 'The page.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  document: { mediaType: 'text/html' },
  answer: async (door) => {
    const { address, isOn } = await door.plumbing.unsubscribing.read(tokenOf(door))
    if (!isOn) return ended(address)
    return pageOf('Stop these mails?', `Alerts of Tollgate are sent to ${address}.`, stopForm)
  },
}

const unsubscribeEnd: DoorRoute = {
  operation: completed({
    name: 'unsubscribe.end',
    method: 'post',
    path: PATH,
    right: 'public',
    tag: 'Channels',
    summary: 'End the mails of a channel',
    description:
      'Needs no login, as in RFC 8058: a mail client sends `List-Unsubscribe=One-Click`. A ' +
      'repeated call does nothing. Nobody but the reader can turn the channel on again for this ' +
      'address: by the page of the link, which sends `mails=again`.',
    params,
    body: z.strictObject({ body: z.string() }),
    documented: z.string(),
    example: 'List-Unsubscribe=One-Click',
    answer: 'A page with a confirmation.',
    repeat: 'first',
    problems: ['not_found'],
    http: { form: 'raw' },
  }),
  document: { mediaType: 'text/html' },
  answer: async (door) => {
    const { unsubscribing } = door.plumbing
    const { address } = await unsubscribing.read(tokenOf(door))
    const isAgain = isResuming(door)
    await (isAgain ? unsubscribing.resume : unsubscribing.end)(tokenOf(door))
    return isAgain ? resumed(address) : ended(address)
  },
}

/** The routes for readers of mails. */
export const unsubscribeRoutes: readonly DoorRoute[] = [unsubscribePage, unsubscribeEnd]
