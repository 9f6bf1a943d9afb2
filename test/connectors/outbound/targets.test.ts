import { describe, expect, it } from 'vitest'
import { addressRange, isReachable } from '../../../src/connectors/outbound/address-rules.ts'
import { targetFault } from '../../../src/connectors/outbound/target-url.ts'
import { BAD_ADDRESSES, BAD_LITERALS, BAD_URLS } from './bad-targets.ts'

const STRICT = { allowed: [], ports: [443, 8_443], allowsHttp: false }

describe('a target address', () => {
  it.each(BAD_ADDRESSES)('%s is not allowed', (address) => {
    expect(isReachable(address)).toBe(false)
  })

  it.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1::1', '::ffff:8.8.8.8'])(
    '%s is allowed',
    (address) => {
      expect(isReachable(address)).toBe(true)
    },
  )

  it('is allowed in a configured range, and in no other', () => {
    const allowed = ['10.20.0.0/16', '192.168.1.7', 'fd12::/16'].map(addressRange)
    expect(
      ['10.20.3.4', '192.168.1.7', '::ffff:10.20.3.4', 'fd12::1'].map((one) =>
        isReachable(one, allowed),
      ),
    ).toEqual([true, true, true, true])
    expect(
      ['10.21.0.1', '192.168.1.8', 'fd13::1', '127.0.0.1'].map((one) => isReachable(one, allowed)),
    ).toEqual([false, false, false, false])
    expect(() => addressRange('everything')).toThrow('is no range')
    expect(() => addressRange('10.0.0.0/99')).toThrow('is no range')
  })
})

describe('a target URL', () => {
  it.each([...BAD_LITERALS, ...BAD_URLS])('%s is refused', (url) => {
    expect(targetFault(url, STRICT)).toEqual(expect.any(String))
  })

  it.each([
    ...['https://example.com/hooks', 'https://example.com:8443/', 'https://8.8.8.8/'],
    ...['https://[2606:2800:220:1::1]/', 'https://localhost.example.com/?q=1#part'],
  ])('%s is accepted', (url) => {
    expect(targetFault(url, STRICT)).toBeUndefined()
  })

  it('may be in a local network if its addresses are allowed, and use plain HTTP for development', () => {
    const allowed = [addressRange('127.0.0.0/8')]
    const loose = { allowed, ports: [443, 3_000], allowsHttp: true }
    expect(targetFault('http://127.0.0.1:3000/', loose)).toBeUndefined()
    expect(targetFault('http://localhost:3000/', loose)).toBeUndefined()
    expect(targetFault('http://10.0.0.1:3000/', loose)).toBe(
      'is an address that nothing is sent to',
    )
    expect(targetFault('http://127.0.0.1:3001/', loose)).toMatch('port')
  })
})
