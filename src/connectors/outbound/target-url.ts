import ipaddr from 'ipaddr.js'
import { type AddressRange, isReachable } from './address-rules.ts'

/** Rules for URLs that others have named. */
export interface TargetRules {
  /** Address ranges that are allowed in addition to public addresses. */
  readonly allowed: readonly AddressRange[]
  readonly ports: readonly number[]
  /** Also allows http, for development. */
  readonly allowsHttp: boolean
}

const MAX_LENGTH = 2_048
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 }
/** Names that have a meaning only within a network. */
const LOCAL_NAMES = /(^|\.)(localhost|local|internal)$/

/**
 * The fault of a URL that somebody wants us to send to; undefined if there is none. Check it when
 * it is entered and before each use, since rules change.
 *
 * A name does not show where it leads. So its addresses are checked when the connection is made.
 */
export const targetFault = (text: string, rules: TargetRules): string | undefined => {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`
  const url = parsed(text)
  if (!url) return 'must be a URL'
  if (url.protocol !== 'https:' && !(rules.allowsHttp && url.protocol === 'http:')) {
    return 'must begin with https://'
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password'
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port)
  if (!rules.ports.includes(port)) return `must be on port ${rules.ports.join(' or ')}`
  return hostFault(url.hostname, rules.allowed)
}

const hostFault = (hostname: string, allowed: readonly AddressRange[]): string | undefined => {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '' || host.endsWith('.')) return 'must name a host'
  if (ipaddr.isValid(host) || host.includes(':')) {
    return isReachable(host, allowed) ? undefined : 'is an address that nothing is sent to'
  }
  // If ranges are allowed, the addresses of the name decide.
  if (LOCAL_NAMES.test(host) && allowed.length === 0) return 'is a name of a local network'
  return undefined
}

/** Some supported versions of Node lack `URL.parse`. */
const parsed = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
