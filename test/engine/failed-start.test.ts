import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTollgate } from '../../src/index.ts'
import { eventually } from '../setup/eventually.ts'

describe('an engine with a failed start', () => {
  const open = new Set<Socket>()
  let connected = 0
  // Stands in for a Redis server, and counts connections.
  const server = createServer((socket) => {
    connected += 1
    open.add(socket)
    socket
      .on('error', () => undefined)
      .on('close', () => open.delete(socket))
      .resume()
  })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
  })

  it('leaves no connection to Redis open', async () => {
    const { port } = server.address() as AddressInfo
    const starting = createTollgate({
      database: 'memory',
      redis: { url: `redis://127.0.0.1:${port}` },
      catalogs: ['no-such-catalog'],
    })
    await expect(starting).rejects.toThrow('no-such-catalog')
    await eventually(() => expect(open.size).toBe(0))
    expect(connected).toBeGreaterThan(0)
  })
})
