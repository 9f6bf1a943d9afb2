import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressRange } from '../../../src/connectors/outbound/address-rules.ts'
import { createPoster, type Poster } from '../../../src/connectors/outbound/guarded-post.ts'
import { BAD_ADDRESSES, BAD_LITERALS, BAD_URLS } from './bad-targets.ts'
import { answers, openReceiver, type Receiver } from './receiver.ts'

const STRICT = { allowed: [], ports: [443, 8_443], allowsHttp: false }
const NOW = new Date('2026-03-10T12:00:00Z')
const HERE = { address: '127.0.0.1', family: 4 }

describe('a request to somebody else’s URL', () => {
  let receiver: Receiver
  let here: Poster
  const posters: Poster[] = []
  const posterOf = (settings: Partial<Parameters<typeof createPoster>[0]>) => {
    const rules = { ...STRICT, allowsHttp: true, ports: [receiver.port, 443, 80] }
    const poster = createPoster({ rules, timeoutMs: 400, now: () => NOW, ...settings })
    posters.push(poster)
    return poster
  }
  const post = (poster: Poster, url: string) =>
    poster.post({ url, headers: { 'content-type': 'text/plain' }, body: 'hello' })

  beforeAll(async () => {
    receiver = await openReceiver()
    const rules = {
      allowed: [addressRange('127.0.0.0/8')],
      ports: [receiver.port],
      allowsHttp: true,
    }
    here = posterOf({ rules })
  })
  afterAll(async () => {
    await receiver.close()
    await Promise.all(posters.map((poster) => poster.close()))
  })

  it('reaches an allowed address, and returns its answer', async () => {
    receiver.answer = answers(200, {}, 'thank you')
    expect(await post(here, receiver.url)).toEqual({
      status: 200,
      error: null,
      answer: 'thank you',
      retryAfterMs: undefined,
    })
    expect(receiver.received.at(-1)).toMatchObject({ body: 'hello', path: '/hooks' })
  })

  it.each([...BAD_LITERALS, ...BAD_URLS])('is not sent to %s', async (url) => {
    const strict = posterOf({ rules: STRICT })
    expect(await post(strict, url)).toMatchObject({
      status: null,
      error: expect.stringMatching(/^the URL /),
    })
  })

  it.each(BAD_ADDRESSES)(
    'is not sent to a name that resolves to %s, alone or among other addresses',
    async (address) => {
      const before = receiver.received.length
      const family = address.includes(':') ? 6 : 4
      for (const found of [
        [{ address, family }],
        [
          { address: '8.8.8.8', family: 4 },
          { address, family },
        ],
      ]) {
        const poster = posterOf({ lookup: (_name, _options, done) => done(null, found) })
        expect(await post(poster, `http://example.com:${receiver.port}/`)).toMatchObject({
          status: null,
          error: 'leads to an address that nothing is sent to',
        })
      }
      expect(receiver.received.length).toBe(before)
    },
  )

  it('connects to what was checked, keeps that for seconds, and then looks the name up anew', async () => {
    const rules = { allowed: [addressRange('127.0.0.1')], ports: [receiver.port], allowsHttp: true }
    const found = [[HERE], [{ address: '127.0.0.2', family: 4 }]]
    let asked = 0
    let at = NOW
    const poster = posterOf({
      rules,
      now: () => at,
      lookup: (_name, _options, done) => done(null, found[asked++] ?? []),
    })
    const url = `http://example.com:${receiver.port}/`
    receiver.answer = answers(200)
    const ports = new Set<unknown>()
    for (let n = 0; n < 3; n += 1) {
      expect(await post(poster, url)).toMatchObject({ status: 200 })
      ports.add(receiver.received.at(-1)?.fromPort)
      await new Promise(setImmediate)
    }
    expect([asked, ports.size]).toEqual([1, 1])
    at = new Date(NOW.getTime() + 30_000)
    expect(await post(poster, url)).toMatchObject({ status: null })
    expect(asked).toBe(2)
  })

  it('comes once more, where the other side has closed the connection that was kept', async () => {
    receiver.answer = answers(200)
    expect(await post(here, receiver.url)).toMatchObject({ status: 200 })
    let cut = 0
    receiver.answer = (response, ...of) => {
      cut += 1
      if (cut > 1) return answers(204)(response, ...of)
      response.socket?.destroy()
    }
    expect(await post(here, receiver.url)).toMatchObject({ status: 204 })
    // One that closes them all is not asked again and again.
    receiver.answer = (response) => {
      cut += 1
      response.socket?.destroy()
    }
    expect(await post(here, receiver.url)).toMatchObject({ status: null })
    expect(cut).toBe(4)
  })

  it('follows no redirect', async () => {
    receiver.answer = answers(302, { location: receiver.url })
    const before = receiver.received.length
    expect(await post(here, receiver.url)).toMatchObject({ status: 302, error: null })
    expect(receiver.received.length).toBe(before + 1)
  })

  it('has a time-out for a missing and for a slow answer', async () => {
    const drips: ReturnType<typeof setInterval>[] = []
    for (const answer of [
      () => {},
      (response: import('node:http').ServerResponse) => {
        response.writeHead(200)
        drips.push(setInterval(() => response.write('.'), 50))
      },
    ]) {
      receiver.answer = answer
      const began = performance.now()
      expect(await post(here, receiver.url)).toMatchObject({ status: null, error: 'took too long' })
      expect(performance.now() - began).toBeLessThan(5_000)
    }
    for (const drip of drips) clearInterval(drip)
  })

  it('stores the beginning of an endless answer, as valid text', async () => {
    let written = 0
    receiver.answer = (response) => {
      response.writeHead(200)
      const part = Buffer.from(`a\0é${'x'.repeat(65_530)}`)
      const more = () => {
        while (written < 10_000_000 && !response.destroyed) {
          written += part.length
          if (!response.write(part)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    }
    const { status, answer } = await post(here, receiver.url)
    expect(status).toBe(200)
    expect(answer).toMatch(/^aéx+$/)
    expect(Buffer.byteLength(answer as string)).toBeLessThanOrEqual(2_000)
    expect(written).toBeLessThan(10_000_000)
  })

  it('reads a Retry-After, up to a day', async () => {
    const asked: [string, number | undefined][] = [
      ...([
        ['30', 30_000],
        ['9999999', 86_400_000],
        ['-5', undefined],
        ['soon', undefined],
      ] as const),
      ['Tue, 10 Mar 2026 12:01:00 GMT', 60_000],
    ] as [string, number | undefined][]
    for (const [header, expected] of asked) {
      receiver.answer = answers(429, { 'retry-after': header })
      expect((await post(here, receiver.url)).retryAfterMs, header).toBe(expected)
    }
  })

  it('fails with an error code if the connection is closed early or refused', async () => {
    receiver.answer = (response) => void response.socket?.destroy()
    expect(await post(here, receiver.url)).toMatchObject({ status: null, error: 'UND_ERR_SOCKET' })
    const gone = await openReceiver()
    await gone.close()
    const rules = { allowed: [addressRange('127.0.0.1')], ports: [gone.port], allowsHttp: true }
    expect(await post(posterOf({ rules }), gone.url)).toMatchObject({
      status: null,
      error: 'ECONNREFUSED',
    })
  })
})
