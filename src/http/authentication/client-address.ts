import { isIP } from 'node:net'

/** Returns the client's address of a request, if known. */
export type ClientAddress = (request: Request) => string | undefined

/**
 * Determines the client's address behind `trustProxyHops` trusted proxies. Each of them appends its
 * peer to `X-Forwarded-For`, so that entry from the end is used, never one that the client wrote
 * itself. Without proxies the header is ignored.
 */
export const createClientAddress = (
  socketAddress: ClientAddress | undefined,
  trustProxyHops = 0,
): ClientAddress => {
  if (!Number.isInteger(trustProxyHops) || trustProxyHops < 0 || trustProxyHops > 16) {
    throw new TypeError('trustProxyHops: must be a whole number from 0 to 16')
  }
  return (request) => {
    const socket = plainAddress(socketAddress?.(request))
    if (trustProxyHops === 0) return socket
    const forwarded = request.headers.get('x-forwarded-for')?.split(',') ?? []
    // If the entry is absent or invalid, the connection's own address, that of a proxy, is used.
    return plainAddress(forwarded.at(-trustProxyHops)) ?? socket
  }
}

/** Normalizes an address and removes the port; undefined for other text. */
const plainAddress = (text: string | undefined): string | undefined => {
  // Nothing, or nothing to normalize: the usual cases, asked for with every request.
  if (text === undefined || isIP(text) === 4) return text
  const trimmed = text.trim().toLowerCase()
  const bare = /^\[(.*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed.replace(/^([\d.]+):\d+$/, '$1')
  const address = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '').replace(/%.*$/, '')
  return isIP(address) === 0 ? undefined : address
}

/**
 * The part of an address that identifies one client: an IPv4 address, or the first 64 bits of IPv6.
 */
export const networkOf = (address: string): string => {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...rest]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
