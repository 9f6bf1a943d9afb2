import { type MailSettings, mailboxOf, smtpServerOf } from '../../connectors/mail/mail-settings.ts'

/** How people are told, as this process knows it. */
export interface ChannelSettings {
  /** Undefined: this process sends no mail. */
  readonly mail: MailSettings | undefined
  /** Where this Tollgate is reached, without a slash at its end; undefined: nobody said. */
  readonly publicUrl: string | undefined
}

/** @throws TypeError for what no mail can be sent by, and for what is no place. */
export const channelSettingsOf = (options: {
  readonly mail?: MailSettings
  readonly publicUrl?: string
}): ChannelSettings => {
  const { mail, publicUrl } = options
  if (mail) checkMail(mail)
  return { mail, publicUrl: publicUrl === undefined ? undefined : publicUrlOf(publicUrl) }
}

/** @throws TypeError which says what of it is wrong, and holds no password. */
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

/** @throws TypeError for what is no place that a link can lead to. */
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
