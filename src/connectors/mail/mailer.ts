import { createTransport } from 'nodemailer'
import type { MailText } from '../../contract/channel-message.ts'
import { mailAddressFault } from '../../core/mail-address.ts'
import type { MessageOutcome } from '../messages/outcome.ts'
import { type MailSettings, mailboxOf, smtpServerOf } from './mail-settings.ts'

/** A mail to one address. */
interface Mail extends MailText {
  readonly to: string
  /** The same for every try, since the `Message-ID` is derived from it. */
  readonly id: string
  readonly at: Date
  readonly unsubscribeUrl: string | null
}

export interface Mailer {
  readonly send: (mail: Mail, signal: AbortSignal) => Promise<MessageOutcome>
}

const TIMEOUT_MS = 30_000
/** The most connections to the server at once. */
const AT_ONCE = 5
const KEPT_CHARACTERS = 500

/**
 * Sends over one SMTP server, with a few connections at once. If a connection is lost after the
 * text was sent, nobody knows whether the server has it. The next try uses the same `Message-ID`.
 */
export const createMailer = (
  settings: Pick<MailSettings, 'smtpUrl' | 'from' | 'timeoutMs'>,
): Mailer => {
  const { timeoutMs = TIMEOUT_MS } = settings
  const from = mailboxOf(settings.from)
  const { host, port, isSecure, isOnThisMachine, auth } = smtpServerOf(settings.smtpUrl)
  const transport = createTransport({
    host,
    port,
    secure: isSecure,
    ...(auth && { auth }),
    // A password never leaves the machine in clear text. On the machine itself nobody can listen.
    ...(isOnThisMachine ? { ignoreTLS: true } : { requireTLS: !isSecure }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const turns = takingTurns(AT_ONCE)
  const domain = from.address.slice(from.address.indexOf('@') + 1)
  return {
    send: async (mail, signal) => {
      const fault = mailAddressFault(mail.to)
      if (fault !== undefined) {
        return { verdict: 'refused', status: null, error: `the address ${fault}`, answer: null }
      }
      // The wait for a turn counts towards the time limit. Otherwise the call could outlive the
      // lease of its channel.
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      return turns(async () => {
        try {
          const sent = await transport.sendMail({
            from,
            to: { name: '', address: mail.to },
            envelope: { from: from.address, to: [mail.to] },
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            date: mail.at,
            messageId: `<${mail.id}@${domain}>`,
            headers: headersOf(mail),
            disableFileAccess: true,
            disableUrlAccess: true,
            signal: ends,
          })
          return { verdict: 'done', status: 250, error: null, answer: kept(sent.response) }
        } catch (error) {
          return outcomeOf(error)
        }
      })
    },
  }
}

/** Stops automatic replies, and lets the reader unsubscribe with one click (RFC 8058). */
const headersOf = ({ unsubscribeUrl }: Mail): Record<string, string> => ({
  'Auto-Submitted': 'auto-generated',
  ...(unsubscribeUrl !== null && {
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }),
})

/**
 * Errors of the recipient or the text refuse the mail for good. Errors of our own login do not,
 * since somebody can correct it.
 */
const OF_MAIL = ['EENVELOPE', 'EMESSAGE']

const outcomeOf = (error: unknown): MessageOutcome => {
  if (!(error instanceof Error)) return again('could not be sent')
  const { code, responseCode, response, permanent } = error as Error & {
    readonly code?: string
    readonly responseCode?: number
    readonly response?: string
    readonly permanent?: boolean
  }
  const answer = kept(response)
  if (responseCode === undefined) return again(code === 'EABORT' ? 'took too long' : code)
  const isRefused = permanent === true && OF_MAIL.includes(code ?? '')
  return {
    verdict: isRefused ? 'refused' : 'again',
    status: responseCode,
    answer,
    error: `it answered ${responseCode}`,
  }
}

const again = (error = 'could not be sent'): MessageOutcome => ({
  verdict: 'again',
  status: null,
  error,
  answer: null,
})

const kept = (answer: string | undefined): string | null =>
  answer?.replaceAll('\0', '').toWellFormed().slice(0, KEPT_CHARACTERS) ?? null

/** Limits how many run at once. The others wait in the order in which they came. */
const takingTurns = (most: number) => {
  const waiting: (() => void)[] = []
  let running = 0
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
