import type { mailText } from '../../connectors/mail/mail-text.ts'
import type { Mailer } from '../../connectors/mail/mailer.ts'
import type { ChannelMessage, MailText } from '../../contract/channel-message.ts'
import { plainWords } from '../../core/plain-words.ts'
import type { Context } from '../context.ts'
import type { MessageSender } from './serve-channel.ts'

const MOST_SUBJECT = 250

/** Sends to the one address of a channel. */
export const mailSender = (
  ctx: Pick<Context, 'channels' | 'clock' | 'log'>,
  mailer: Mailer,
  builtIn: typeof mailText,
): MessageSender => ({
  paceMs: 0,
  send: async ({ target }, message, signal) => {
    const { id, unsubscribeUrl } = message
    const text = await mailOf(ctx, message, builtIn)
    const mail = { ...text, to: target, id, at: ctx.clock.now(), unsubscribeUrl }
    return mailer.send(mail, signal)
  },
})

/** Renders with the host's template. If that fails, the built-in text is sent. */
export const mailOf = async (
  { channels, log }: Pick<Context, 'channels' | 'log'>,
  message: ChannelMessage,
  builtIn: typeof mailText,
): Promise<MailText> => {
  const template = channels.mail?.template
  if (!template) return builtIn(message)
  try {
    const { subject, text, html } = await template(message)
    if ([subject, text, html].some((part) => typeof part !== 'string')) {
      throw new TypeError('a template gives subject, text and html')
    }
    return { subject: plainWords(subject, MOST_SUBJECT), text, html }
  } catch (error) {
    log.warn({ error }, 'the template of mails failed; the built-in one was used')
    return builtIn(message)
  }
}
