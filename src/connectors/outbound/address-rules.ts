import ipaddr from 'ipaddr.js'

/** A block of addresses, such as `10.0.0.0/8`. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/**
 * A cloud's internal service on a public address. It gives out private data to requests from
 * within.
 */
const CLOUD_SERVICES = new Set(['168.63.129.16'])

/**
 * Parses a range in CIDR notation, or a single address.
 *
 * @throws TypeError for any other text.
 */
export const addressRange = (text: string): AddressRange => {
  const trimmed = text.trim()
  try {
    if (trimmed.includes('/')) return ipaddr.parseCIDR(trimmed)
    const address = ipaddr.parse(trimmed)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    throw new TypeError(`"${text}" is no range of addresses, such as 10.0.0.0/8`)
  }
}

/**
 * Whether we may connect to an address that somebody else has named. It must be public, or in an
 * allowed range. An address that cannot be parsed, or has a zone (`fe80::1%eth0`), is refused.
 */
export const isReachable = (address: string, allowed: readonly AddressRange[] = []): boolean => {
  if (address.includes('%') || !ipaddr.isValid(address)) return false
  // An IPv4 address within an IPv6 address is treated as the IPv4 address.
  const parsed = ipaddr.process(address)
  if (allowed.some((range) => isWithin(parsed, range))) return true
  if (parsed.range() !== 'unicast' || CLOUD_SERVICES.has(parsed.toString())) return false
  // Only 2000::/3 is assigned. The library also calls ::7f00:1 and 4000::1 unicast.
  return parsed.kind() === 'ipv4' || isWithin(parsed, GLOBAL_IPV6)
}

const GLOBAL_IPV6 = addressRange('2000::/3')

const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: AddressRange): boolean =>
  address.kind() === network.kind() && address.match(network, bits)
