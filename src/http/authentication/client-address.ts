import { isIP } from 'node:net'

/** Who sent a request, as far as that can be known. */
export type ClientAddress = (request: Request) => string | undefined

/**
 * The address of the client behind so many proxies of ours, each of which adds to
 * `X-Forwarded-For` whom it was asked by: so many entries from its end, and never one that only
 * the client itself has written. Without proxies the header says nothing, and is not read.
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
    // Where a proxy has written no address, the last one that is known is that of a proxy.
    return plainAddress(forwarded.at(-trustProxyHops)) ?? socket
  }
}

/** One spelling of an address, without a port; undefined when it is none. */
const plainAddress = (text: string | undefined): string | undefined => {
  const trimmed = text?.trim().toLowerCase() ?? ''
  const bare = /^\[(.*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed.replace(/^([\d.]+):\d+$/, '$1')
  const address = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '').replace(/%.*$/, '')
  return isIP(address) === 0 ? undefined : address
}

/** What stands for one client: an IPv4 address, or the 64 bits of an IPv6 network, which one has. */
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
