import type { Reply } from './answers.ts'

/** A page, and the policy under which nothing beside its own style is loaded or run. */
export interface HtmlPage {
  readonly html: string
  readonly contentSecurityPolicy: string
}

export const htmlReply = (
  { html, contentSecurityPolicy }: HtmlPage,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    ...headers,
  },
  body: html,
})
