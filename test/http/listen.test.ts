import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createDemoMode } from '../../src/engine/demo/demo-mode.ts'
import { createClientAddresses, type Listener, listen } from '../../src/http/listen.ts'
import { createHandler } from '../../src/server.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const HOST = '127.0.0.1'

/** A connection with hand-written requests. */
const dial = (port: number): { socket: Socket; until: (text: string) => Promise<string> } => {
  const socket = connect(port, HOST)
  let received = ''
  let ended = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of [...waiting]) check()
  }
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
    wake()
  })
  socket.on('close', () => {
    ended = true
    wake()
  })
  socket.on('error', () => {})
  return {
    socket,
    /** All bytes up to this text; an empty text means the end of the connection. */
    until: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (text === '' ? !ended : !received.includes(text)) {
            if (ended) reject(new Error(`ended after: ${received}`))
            return
          }
          waiting.delete(check)
          resolve(received)
        }
        waiting.add(check)
        check()
      }),
  }
}

const post = (length: string): string =>
  `POST /api/usage/events HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n` +
  `Content-Type: application/json\r\n${length}\r\n\r\n`

describe('the HTTP server', () => {
  const door = openDoor()
  const listeners: Listener[] = []
  const start = async (handler = door().handler) => {
    const listener = await listen(handler, { host: HOST, port: 0 })
    listeners.push(listener)
    return listener
  }
  afterEach(async () => {
    await Promise.all(listeners.splice(0).map((listener) => listener.close()))
  })

  it('serves the handler on a free port', async () => {
    const { url, port } = await start()
    expect(url).toBe(`http://${HOST}:${port}`)
    const response = await fetch(`${url}/healthz`)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  it('rejects if the port is in use', async () => {
    const { port } = await start()
    await expect(listen(door().handler, { host: HOST, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('answers 413 to 2 MB with and without a declared length, and continues', async () => {
    const { url, port } = await start()
    const body = 'x'.repeat(2_000_000)
    const declared = dial(port)
    declared.socket.write(post(`Content-Length: ${body.length}`) + body)
    expect(await declared.until('"code":"body_too_large"')).toMatch(/^HTTP\/1\.1 413 /)
    const chunked = dial(port)
    chunked.socket.write(
      `${post('Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    )
    expect(await chunked.until('"code":"body_too_large"')).toMatch(/^HTTP\/1\.1 413 /)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    for (const { socket } of [declared, chunked]) socket.destroy()
  })

  it('answers 413 to a declared length before the body arrives', async () => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write(post('Content-Length: 2000000'))
    expect(await until('"code":"body_too_large"')).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
  })

  it('survives a client that disconnects within its body', async () => {
    const { url, port } = await start()
    const { socket, until } = dial(port)
    socket.write(`${post('Content-Length: 2000')}{"eventType":`)
    socket.end()
    await until('')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('answers a request with an invalid URL with a problem', async () => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n')
    const answer = await until('"field":"url"')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('application/problem+json')
    expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}/)
    socket.destroy()
  })

  it.each([
    ['headers that are too large', `X-Long: ${'x'.repeat(20_000)}`, 431, 'headers_too_large'],
    ['an invalid header', 'no colon', 400, 'invalid_request'],
    ['an invalid length', 'Content-Length: many', 400, 'invalid_request'],
  ])('answers %s with a problem, like every other error', async (_what, header, status, code) => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write(`GET /healthz HTTP/1.1\r\nHost: tollgate\r\n${header}\r\n\r\n`)
    const answer = await until('')
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain('content-type: application/problem+json')
    const [, body = ''] = answer.split('\r\n\r\n')
    const [, id] = /x-request-id: (\S+)/.exec(answer) ?? []
    expect(JSON.parse(body)).toMatchObject({ status, code, requestId: id })
  })

  it('answers HTTP/1.1 without a host with a problem', async () => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write('GET /healthz HTTP/1.1\r\n\r\n')
    const answer = await until('')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"field":"Host"')
  })

  it('ignores an unknown Expect header', async () => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: tollgate\r\nExpect: a-wonder\r\n\r\n')
    expect(await until('{"status":"ok"}')).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('answers HTTP/1.0, which needs no host', async () => {
    const { port } = await start()
    const { socket, until } = dial(port)
    socket.write('GET /healthz HTTP/1.0\r\n\r\n')
    expect(await until('{"status":"ok"}')).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  it('serves on during a shutdown, and closes each connection after its answer', async () => {
    const stopping = new AbortController()
    const { tollgate } = door()
    const handler = createHandler(tollgate, { stopping: stopping.signal })
    const listener = await listen(handler, { host: HOST, port: 0, stopping: stopping.signal })
    listeners.push(listener)
    expect((await fetch(`${listener.url}/readyz`)).status).toBe(200)
    stopping.abort()
    const ready = await fetch(`${listener.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ detail: 'this process is stopping' })
    const served = await fetch(`${listener.url}/healthz`)
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close'])
  })

  it('finishes current answers when closed, and accepts nothing more', async () => {
    const { promise: asked, resolve: ask } = withResolvers<void>()
    const { promise: allowed, resolve: allow } = withResolvers<void>()
    const listener = await start(async (request) => {
      ask()
      await allowed
      return door().handler(request)
    })
    const busy = dial(listener.port)
    busy.socket.write('GET /healthz HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    await asked
    let closed = false
    const closing = listener.close().then(() => {
      closed = true
    })
    await expect(fetch(listener.url)).rejects.toThrow()
    expect(closed).toBe(false)
    allow()
    const answer = await busy.until('')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(answer).toContain('{"status":"ok"}')
    await closing
  })

  it('answers what arrives on an open connection while it closes, then ends it', async () => {
    const listener = await start()
    const open = dial(listener.port)
    open.socket.write('GET /healthz HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    await open.until('{"status":"ok"}')
    const closing = listener.close()
    open.socket.write('GET /nowhere HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    const answer = await open.until('')
    expect(answer).toContain('"code":"not_found"')
    expect(answer.slice(answer.indexOf('404')).toLowerCase()).toContain('connection: close')
    await closing
  })

  it('does not wait for idle connections when it closes', async () => {
    const listener = await start()
    const used = dial(listener.port)
    used.socket.write('GET /healthz HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    await used.until('{"status":"ok"}')
    const silent = dial(listener.port)
    await listener.close()
    await Promise.all([used.until(''), silent.until('')])
    await listener.close()
  })

  it('does not wait forever for an incomplete request', async () => {
    const listener = await listen(door().handler, { host: HOST, port: 0, patienceMs: 1 })
    const slow = dial(listener.port)
    slow.socket.write(`${post('Content-Length: 2000')}{"eventType":`)
    // Answered on another connection, so the slow one has been read by then.
    expect((await fetch(`${listener.url}/healthz`)).status).toBe(200)
    await listener.close()
    expect(await slow.until('')).toBe('')
  })

  it('disconnects a client that reads nothing, but not one that waits for an answer', async () => {
    const { promise: cancelled, resolve: cancel } = withResolvers<void>()
    const { promise: allowed, resolve: allow } = withResolvers<void>()
    const piece = new Uint8Array(1_000_000)
    const handler = async (request: Request) => {
      if (request.url.endsWith('/slow')) {
        await allowed
        return new Response('at last')
      }
      return new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(piece), cancel }),
      )
    }
    const listener = await listen(handler, { host: HOST, port: 0, stallMs: 50 })
    listeners.push(listener)
    const slow = dial(listener.port)
    slow.socket.write('GET /slow HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    const stalled = dial(listener.port)
    stalled.socket.pause()
    stalled.socket.write('GET / HTTP/1.1\r\nHost: tollgate\r\n\r\n')
    await cancelled
    allow()
    expect(await slow.until('at last')).toMatch(/^HTTP\/1\.1 200 /)
    for (const { socket } of [slow, stalled]) socket.destroy()
  })

  it('tells the demo which clients are on this machine', async () => {
    const clientAddresses = createClientAddresses()
    const { tollgate } = door()
    const handler = createHandler(tollgate, {
      demo: createDemoMode(tollgate),
      clientAddress: clientAddresses.of,
    })
    const listener = await listen(handler, { host: HOST, port: 0, clientAddresses })
    listeners.push(listener)
    const send = (headers: Record<string, string>) =>
      fetch(`${listener.url}/api/demo/track-usage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ organizationId: 'test', eventType: 'structuring_diagnose' }),
      })
    expect((await send({})).status).toBe(200)
    expect((await send({ 'x-forwarded-for': '203.0.113.9' })).status).toBe(403)
    const body = JSON.stringify({ organizationId: 'test', eventType: 'structuring_diagnose' })
    const { socket, until } = dial(listener.port)
    socket.write(
      `POST /api/demo/track-usage HTTP/1.1\r\nHost: ${HOST}\r\n${MANY_HEADERS}` +
        `X-Forwarded-For: 203.0.113.9\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    )
    const answer = await until('"requestId"')
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(answer).toContain('the header x-forwarded-for may come from a proxy')
    socket.destroy()
  })

  it('keeps all headers, so that no client can hide its address', async () => {
    const clientAddresses = createClientAddresses()
    const seen: (string | undefined)[] = []
    const handler = createHandler(door().tollgate, {
      clientAddress: clientAddresses.of,
      trustProxyHops: 1,
      onFailedSignIn: ({ address }) => seen.push(address),
    })
    const listener = await listen(handler, { host: HOST, port: 0, clientAddresses })
    listeners.push(listener)
    const { socket, until } = dial(listener.port)
    socket.write(
      `GET /metrics HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer wrong\r\n${MANY_HEADERS}` +
        'X-Forwarded-For: 203.0.113.9\r\n\r\n',
    )
    expect(await until('"requestId"')).toMatch(/^HTTP\/1\.1 401 /)
    expect(seen).toEqual(['203.0.113.9'])
    socket.destroy()
  })
})

/** More than Node's default maximum, and few enough bytes to be read. */
const MANY_HEADERS = 'TE: a\r\n'.repeat(1_100)

const withResolvers = <Value>() => {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
