import { type TargetRules, targetFault } from '../outbound/target-url.ts'

const HOST = 'hooks.slack.com'

/**
 * What is wrong with the URL of an incoming webhook; undefined where nothing is. Where http is
 * allowed, for development, a URL of http may lead to a stand-in for Slack.
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

/** What may be shown of a URL that is a secret: that it is one of Slack's, and how it ends. */
export const shownSlackTarget = (text: string): string => {
  const { protocol, host } = new URL(text)
  return `${protocol}//${host}/…${text.slice(-4)}`
}
