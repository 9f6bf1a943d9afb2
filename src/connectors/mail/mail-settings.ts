import type { ChannelMessage, MailText } from '../../contract/channel-message.ts'
import { mailAddressFault } from '../../core/mail-address.ts'

/** How mail leaves this process. */
export interface MailSettings {
  /**
   * The server, as `smtps://user:password@smtp.example.com:465`. `smtp:` begins without TLS and
   * must go over to it (STARTTLS), but on this machine.
   */
  readonly smtpUrl: string
  /** Whom mail is from: `alerts@example.com`, or `Tollgate <alerts@example.com>`. */
  readonly from: string
  /**
   * Writes a mail in place of the built-in template. What stands in a message may be a customer's
   * words: escape it in HTML. Where it throws, the built-in one is used, and the log says so.
   */
  readonly template?: (message: ChannelMessage) => MailText | Promise<MailText>
  /** For one mail, from connecting to its end. Default: 30,000. */
  readonly timeoutMs?: number
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the beginning. */
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

/** @throws TypeError for what is no URL of an SMTP server. It never repeats the password. */
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

/** @throws TypeError for what is not one mailbox. */
export const mailboxOf = (text: string): Mailbox => {
  const named = /^([^<>\p{Cc}]*)<([^<>]*)>$/u.exec(text.trim())
  const [name, address] = named ? [named[1] ?? '', named[2] ?? ''] : ['', text.trim()]
  const fault = mailAddressFault(address)
  if (fault !== undefined) throw new TypeError(`the address ${fault}`)
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address }
}
