import ipaddr from 'ipaddr.js'
import { type AddressRange, isReachable } from './address-rules.ts'

/** Where something of ours may be sent that others have named. */
export interface TargetRules {
  /** Ranges of addresses beside the public ones. */
  readonly allowed: readonly AddressRange[]
  readonly ports: readonly number[]
  /** Also without TLS: for development. */
  readonly allowsHttp: boolean
}

const MAX_LENGTH = 2_048
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 }
/** Names that mean something within a network only. */
const LOCAL_NAMES = /(^|\.)(localhost|local|internal)$/

/**
 * What is wrong with a URL that somebody wants us to send to; undefined where nothing is. To be
 * asked when it is given and each time that it is used: rules change. A name says nothing of where
 * it leads, so what it resolves to is checked when it is connected to.
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
  // Where ranges are allowed, what the name resolves to decides.
  if (LOCAL_NAMES.test(host) && allowed.length === 0) return 'is a name of a local network'
  return undefined
}

/** `URL.parse` is not in every Node that we run on. */
const parsed = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
