import type { TollgateOptions } from '../engine/options.ts'
import { checkRanges } from '../engine/webhooks/outbound-rules.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

/** Reads the options of a server's webhooks, which are always on. */
export const webhookOptions = (
  env: CliContext['env'],
): Required<Pick<TollgateOptions, 'webhooks'>> => {
  const allow = listOf(env.TOLLGATE_WEBHOOK_ALLOW)
  const ports = listOf(env.TOLLGATE_WEBHOOK_PORTS).map(portOf)
  const http = env.TOLLGATE_WEBHOOK_HTTP
  if (http && http !== 'true' && http !== 'false') {
    throw new CliFailure('TOLLGATE_WEBHOOK_HTTP must be true or false.')
  }
  try {
    checkRanges(allow)
  } catch (error) {
    throw new CliFailure(`TOLLGATE_WEBHOOK_ALLOW: ${(error as Error).message}.`)
  }
  return {
    webhooks: {
      ...(allow.length > 0 && { allow }),
      ...(ports.length > 0 && { ports }),
      ...(http === 'true' && { allowHttp: true }),
    },
  }
}

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const portOf = (text: string): number => {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port <= 65_535) return port
  throw new CliFailure('TOLLGATE_WEBHOOK_PORTS must be ports, separated by commas: 443,8443.')
}
