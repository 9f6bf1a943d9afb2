import { type MailSettings, mailboxOf, smtpServerOf } from '../../connectors/mail/mail-settings.ts'

/** This process's settings for messages to people. */
export interface ChannelSettings {
  /** Undefined: this process sends no mail. */
  readonly mail: MailSettings | undefined
  /** The public URL of this Tollgate, without a trailing slash. Undefined: not configured. */
  readonly publicUrl: string | undefined
}

/** @throws TypeError for mail settings or a public URL that cannot be used. */
export const channelSettingsOf = (options: {
  readonly mail?: MailSettings
  readonly publicUrl?: string
}): ChannelSettings => {
  const { mail, publicUrl } = options
  if (mail) checkMail(mail)
  return { mail, publicUrl: publicUrl === undefined ? undefined : publicUrlOf(publicUrl) }
}

/** @throws TypeError that names the fault. Its message never contains the password. */
const checkMail = ({ smtpUrl, from }: MailSettings): void => {
  named('mail.smtpUrl', () => smtpServerOf(smtpUrl))
  named('mail.from', () => mailboxOf(from))
}

const named = (name: string, check: () => unknown): void => {
  try {
    check()
  } catch (error) {
    throw new TypeError(`${name}: ${(error as Error).message}`)
  }
}

/** @throws TypeError for a text that is not a plain HTTP URL, without a query or credentials. */
const publicUrlOf = (text: string): string => {
  const message = 'publicUrl: must be a URL, such as https://billing.example.com'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new TypeError(message)
  }
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (!/^https?:$/.test(url.protocol) || !isPlain) throw new TypeError(message)
  return url.href.replace(/\/+$/, '')
}
