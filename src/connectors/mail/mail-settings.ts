import type { ChannelMessage, MailText } from '../../contract/channel-message.ts'
import { mailAddressFault } from '../../core/mail-address.ts'

/** How this process sends mail. */
export interface MailSettings {
  /**
   * The server, such as `smtps://user:password@smtp.example.com:465`. A URL with `smtp:` starts
   * without TLS and must switch to it (STARTTLS), except for a server on this machine.
   */
  readonly smtpUrl: string
  /** The sender: `alerts@example.com`, or `Tollgate <alerts@example.com>`. */
  readonly from: string
  /**
   * Renders a mail in place of the built-in template. A message may contain a customer's text, so
   * escape it in HTML. If the function throws, the built-in template is used and the error is
   * logged.
   */
  readonly template?: (message: ChannelMessage) => MailText | Promise<MailText>
  /** The time limit for one mail, connecting included. Default: 30,000. */
  readonly timeoutMs?: number
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** Uses TLS from the start. */
  readonly isSecure: boolean
  readonly isOnThisMachine: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
}

export interface Mailbox {
  readonly name: string
  readonly address: string
}

const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }
const THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * @throws TypeError unless the text is the URL of an SMTP server. The message never repeats the
 * password.
 */
export const smtpServerOf = (text: string): SmtpServer => {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new TypeError('must be a URL, such as smtps://user:password@smtp.example.com:465')
  }
  const port = PORTS[url.protocol]
  if (port === undefined || url.hostname === '') {
    throw new TypeError('must begin with smtps:// or smtp://, and name a host')
  }
  if (url.search !== '' || url.hash !== '' || !/^\/?$/.test(url.pathname)) {
    throw new TypeError('must end with the host and the port')
  }
  const user = decodeURIComponent(url.username)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? port : Number(url.port),
    isSecure: url.protocol === 'smtps:',
    isOnThisMachine: THIS_MACHINE.test(url.hostname),
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
  }
}

/** @throws TypeError unless the text is one mailbox. */
export const mailboxOf = (text: string): Mailbox => {
  const named = /^([^<>\p{Cc}]*)<([^<>]*)>$/u.exec(text.trim())
  const [name, address] = named ? [named[1] ?? '', named[2] ?? ''] : ['', text.trim()]
  const fault = mailAddressFault(address)
  if (fault !== undefined) throw new TypeError(`the address ${fault}`)
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address }
}
