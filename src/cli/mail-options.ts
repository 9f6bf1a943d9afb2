import { channelSettingsOf } from '../engine/channels/channel-settings.ts'
import type { TollgateOptions } from '../engine/options.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** Reads the options for mail and for the links in messages. */
export const mailOptions = (
  env: CliContext['env'],
): Pick<TollgateOptions, 'mail' | 'publicUrl'> => {
  const smtpUrl = env.TOLLGATE_SMTP_URL || undefined
  const from = env.TOLLGATE_MAIL_FROM || undefined
  const publicUrl = env.TOLLGATE_PUBLIC_URL || undefined
  if ((smtpUrl === undefined) !== (from === undefined)) {
    throw new CliFailure('TOLLGATE_SMTP_URL and TOLLGATE_MAIL_FROM must be given together.')
  }
  const options = {
    ...(smtpUrl !== undefined && from !== undefined && { mail: { smtpUrl, from } }),
    ...(publicUrl !== undefined && { publicUrl }),
  }
  try {
    channelSettingsOf(options)
  } catch (error) {
    throw new CliFailure(`${inVariables((error as Error).message)}.`)
  }
  return options
}

/** Replaces option names in a message by the names of the variables. */
const inVariables = (message: string): string =>
  message
    .replace(/^mail\.smtpUrl/, 'TOLLGATE_SMTP_URL')
    .replace(/^mail\.from/, 'TOLLGATE_MAIL_FROM')
    .replace(/^publicUrl/, 'TOLLGATE_PUBLIC_URL')
