import { describe, expect, it } from 'vitest'
import { createClientAddress, networkOf } from '../../../src/http/authentication/client-address.ts'

const asked = (forwarded?: string): Request =>
  new Request('http://tollgate.test/', {
    headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
  })
const addressOf = (hops: number, forwarded?: string, socket = '10.0.0.1') =>
  createClientAddress(() => socket, hops)(asked(forwarded))

describe("a client's address", () => {
  it("is the connection's address, whatever the client claims", () => {
    expect(addressOf(0)).toBe('10.0.0.1')
    expect(addressOf(0, '192.0.2.1')).toBe('10.0.0.1')
    expect(createClientAddress(undefined)(asked('192.0.2.1'))).toBeUndefined()
  })

  it('is the one that our outermost proxy saw, and not a forged header', () => {
    expect(addressOf(1, '192.0.2.1')).toBe('192.0.2.1')
    expect(addressOf(1, '6.6.6.6, 192.0.2.1')).toBe('192.0.2.1')
    expect(addressOf(2, '6.6.6.6, 192.0.2.1, 10.0.0.2')).toBe('192.0.2.1')
  })

  it("is the connection's address if fewer proxies than configured wrote it", () => {
    expect(addressOf(1)).toBe('10.0.0.1')
    expect(addressOf(2, '192.0.2.1')).toBe('10.0.0.1')
    expect(addressOf(1, 'unknown')).toBe('10.0.0.1')
    expect(addressOf(1, '192.0.2.1, <script>')).toBe('10.0.0.1')
  })

  it.each([
    ['192.0.2.1:8080', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('is normalized: %s', (text, address) => {
    expect(addressOf(1, text)).toBe(address)
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::', '2001:db8:0:0'],
    ['2001:0db8:0:0:1::', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
  ])('%s belongs to the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each([-1, 1.5, 17, Number.NaN])('cannot be configured with %s proxies', (hops) => {
    expect(() => createClientAddress(undefined, hops)).toThrow(/^trustProxyHops: /)
  })
})
