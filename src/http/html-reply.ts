import { createHash } from 'node:crypto'
import type { Reply } from './answers.ts'

/** A page, with a policy that only allows its own style. */
export interface HtmlPage {
  readonly html: string
  readonly contentSecurityPolicy: string
}

/** Builds a page whose policy allows its one style by hash, and no other content. */
export const styledPage = (html: string, style: string, formAction = "'none'"): HtmlPage => {
  const hash = createHash('sha256').update(style).digest('base64')
  return {
    html,
    contentSecurityPolicy:
      `style-src 'sha256-${hash}'; default-src 'none'; base-uri 'none'; ` +
      `form-action ${formAction}; frame-ancestors 'none'`,
  }
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
