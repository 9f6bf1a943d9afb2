import { type TargetRules, targetFault } from '../outbound/target-url.ts'

const HOST = 'hooks.slack.com'

/**
 * The fault of an incoming webhook's URL; undefined if there is none. If http is allowed, for
 * development, an http URL may lead to a stand-in for Slack.
 */
export const slackTargetFault = (text: string, rules: TargetRules): string | undefined => {
  const fault = targetFault(text, rules)
  if (fault !== undefined) return fault
  const { protocol, hostname, pathname, port } = new URL(text)
  if (protocol === 'http:') return undefined
  return hostname === HOST && port === '' && pathname.length > 1
    ? undefined
    : `must begin with https://${HOST}/`
}

/** The part of a secret URL that may be shown: its host and its last characters. */
export const shownSlackTarget = (text: string): string => {
  const { protocol, host } = new URL(text)
  return `${protocol}//${host}/…${text.slice(-4)}`
}
