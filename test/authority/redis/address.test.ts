import { describe, expect, it } from 'vitest'
import { readRedisAddress } from '../../../src/engine/counters/authority/redis/address.ts'

describe('the address of Redis', () => {
  it('names a server, on port 6379 by default', () => {
    expect(readRedisAddress('redis://localhost')).toEqual({
      nodes: [{ host: 'localhost', port: 6379 }],
      cluster: false,
      tls: false,
      username: undefined,
      password: undefined,
      database: 0,
    })
  })

  it('may contain credentials, a database, an IPv6 host and TLS', () => {
    expect(readRedisAddress('rediss://us%40er:p%2Cw%3A@[::1]:7000/3')).toEqual({
      nodes: [{ host: '::1', port: 7000 }],
      cluster: false,
      tls: true,
      username: 'us@er',
      password: 'p,w:',
      database: 3,
    })
  })

  it('means a cluster if it lists several hosts, or says so', () => {
    const several = readRedisAddress('redis://:secret@a:1,redis://b:2,redis://c')
    expect(several).toMatchObject({ cluster: true, password: 'secret' })
    expect(several.nodes).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
      { host: 'c', port: 6379 },
    ])
    expect(readRedisAddress('rediss://a:1?cluster=true').cluster).toBe(true)
    expect(readRedisAddress('redis://a:1?cluster=false').cluster).toBe(false)
  })

  it.each([
    ['', /not of the form/],
    ['localhost:6379', /not of the form/],
    ['http://localhost:6379', /not of the form/],
    ['redis://', /not of the form/],
    ['redis://a:1,b:2', /not of the form/],
    ['redis://a:1/x', /number of a database/],
    ['redis://a:1?family=6', /options besides `cluster=true`: family/],
    ['redis://a:1?cluster=maybe', /options besides/],
    ['redis://a:1,rediss://b:2', /all nodes have to use TLS, or none/],
    ['redis://a:1/2?cluster=true', /a cluster has only database 0/],
  ])('with %s is refused with a reason', (text, why) => {
    expect(() => readRedisAddress(text)).toThrow(why)
  })

  it('never puts a password into an error', () => {
    for (const text of ['http://u:secret@a', 'redis://u:secret@a/x', 'redis://u:secret@a?x=1']) {
      expect(() => readRedisAddress(text)).toThrow(/^(?!.*secret).*$/)
    }
  })
})
