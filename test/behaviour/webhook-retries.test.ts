import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { acts, bodyOf, deliver, deliveriesOf, idsOf, toThisMachine } from './webhook-steps.ts'

const receiver = await openReceiver()
const { received } = receiver
const options = { catalogs: [SUBSCRIPTIONS_CATALOG], webhooks: toThisMachine(receiver.port) }
const HOUR_MS = 3_600_000

describe('a delivery that an endpoint does not accept', () => {
  beforeEach(() => {
    received.length = 0
    receiver.answer = answers(500)
  })
  afterAll(() => receiver.close())

  describeEngine('is retried', options, (subject) => {
    const made = async () => {
      const { tollgate, organization, clock } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      await clock.advance(1)
      // Deliveries of other tests are retried too, so each organization has its own URL.
      const url = `${receiver.url}/${about.organizationId}`
      const { id } = await tollgate.webhooks.create({ ...about, url })
      const of = { ...about, endpointId: id }
      const own = () => received.filter(({ path }) => url.endsWith(path))
      /** Advances the clock to the next attempt, and sends. */
      const next = async () => {
        const waiting = (await deliveriesOf(tollgate, of)).flatMap(({ nextAttemptAt }) =>
          nextAttemptAt === null ? [] : [nextAttemptAt],
        )
        const [first] = waiting.sort()
        if (first === undefined) return undefined
        const waitedMs = new Date(first).getTime() - clock.now().getTime()
        await clock.set(first)
        await deliver(tollgate)
        return waitedMs
      }
      return { tollgate, clock, about, of, next, own, url }
    }

    it('with growing waits over three days, the same id and a new timestamp, and then stops', async () => {
      const { tollgate, about, of, next, own } = await made()
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      const waits: number[] = []
      for (let wait = await next(); wait !== undefined; wait = await next()) waits.push(wait)
      const planned = [5 / 3_600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
      expect(waits).toHaveLength(planned.length)
      for (const [index, hours] of planned.entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(Math.floor(hours * HOUR_MS * 0.9))
        expect(waits[index]).toBeLessThanOrEqual(Math.ceil(hours * HOUR_MS * 1.1))
      }
      expect(new Set(idsOf(own())).size).toBe(1)
      const times = own().map(({ headers }) => Number(headers['webhook-timestamp']))
      expect(new Set(times).size).toBe(10)
      const [delivery] = await deliveriesOf(tollgate, of)
      expect(delivery).toMatchObject({ state: 'failed', attempts: 10, reason: 'every try failed' })
      // A manual resend starts a new round of attempts; their count continues.
      await tollgate.deliveries.resend({ ...of, deliveryId: delivery?.id ?? '' })
      await deliver(tollgate)
      expect(await deliveriesOf(tollgate, of)).toMatchObject([{ state: 'waiting', attempts: 11 }])
      receiver.answer = answers(204)
      await next()
      expect(await deliveriesOf(tollgate, of)).toMatchObject([{ state: 'done', attempts: 12 }])
      expect(await tollgate.webhooks.get(of)).toMatchObject({ failingSince: null })
    })

    it('not before the time in Retry-After', async () => {
      const { tollgate, about, next } = await made()
      receiver.answer = answers(429, { 'retry-after': '7200' })
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      expect(await next()).toBe(7_200_000)
    })

    it('without delaying later deliveries', async () => {
      const { tollgate, about, own } = await made()
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      receiver.answer = answers(200)
      await acts(tollgate, about.organizationId, 'bob')
      await deliver(tollgate)
      expect(own()).toHaveLength(2)
    })

    it.each([
      ['hangs', () => {}],
      ['closes the connection early', (response) => void response.socket?.destroy()],
      ['sends elsewhere', answers(302, { location: receiver.url })],
      ['answers 500', answers(500)],
      ['is down', undefined],
    ] as [string, typeof receiver.answer | undefined][])(
      'until it is taken, once for each id, by one that %s for a minute',
      async (_what, answer) => {
        const { tollgate, about, of, clock, url } = await made()
        if (answer === undefined) await receiver.close()
        const taken: { readonly id: string; readonly sequence: number }[] = []
        const begin = clock.now().getTime()
        receiver.answer = (response, request, asked) => {
          if (clock.now().getTime() - begin < 60_000) return answer?.(response, request, asked)
          const id = request.headers['webhook-id'] ?? ''
          if (url.endsWith(request.path)) taken.push({ id, sequence: bodyOf(request).sequence })
          response.writeHead(200).end()
        }
        await acts(tollgate, about.organizationId, 'ada', 'bob', 'eve')
        for (let turned = 0; turned < 12; turned += 1) {
          await deliver(tollgate)
          await clock.advance(60_000)
          if (answer === undefined && turned === 0) await receiver.reopen()
        }
        const deliveries = await deliveriesOf(tollgate, of)
        expect(deliveries.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
        // Sorted by sequence number, the deliveries are the events, each once.
        const inOrder = taken.sort((one, other) => one.sequence - other.sequence)
        const { items } = await tollgate.domainEvents.list({ ...about, kind: 'member.added' })
        const happened = [...items].reverse()
        expect(inOrder).toEqual(happened.map(({ id, sequence }) => ({ id, sequence })))
        expect(happened.map(({ subject }) => subject)).toEqual(['user:ada', 'user:bob', 'user:eve'])
      },
    )
  })

  describeEngine('ends with its endpoint', options, (subject) => {
    const made = async () => {
      const { tollgate, organization, clock } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      await clock.advance(1)
      const kinds = ['member.added']
      const { id } = await tollgate.webhooks.create({ ...about, url: receiver.url, kinds })
      return { tollgate, clock, about, of: { ...about, endpointId: id } }
    }
    const disabled = async (about: { readonly organizationId: string }) => {
      const { tollgate } = subject()
      const { items } = await tollgate.audit.list({ ...about, action: 'webhook.disabled' })
      const told = await tollgate.domainEvents.list({ ...about, kind: 'webhook.disabled' })
      return [items.length, told.items.length]
    }

    it('at once after 410 Gone, with one event', async () => {
      const { tollgate, about, of } = await made()
      receiver.answer = answers(410)
      await acts(tollgate, about.organizationId, ...Array.from({ length: 10 }, (_, n) => `u${n}`))
      await deliver(tollgate)
      expect(await tollgate.webhooks.get(of)).toMatchObject({
        state: 'disabled',
        reason: 'it answered 410 Gone',
      })
      expect(await disabled(about)).toEqual([1, 1])
      const states = (await deliveriesOf(tollgate, of)).map(({ state }) => state)
      expect(states.filter((state) => state === 'waiting')).toEqual([])
      const sent = received.length
      await acts(tollgate, about.organizationId, 'later')
      await deliver(tollgate)
      expect(received).toHaveLength(sent)
      receiver.answer = answers(200)
      await tollgate.webhooks.update({ ...of, state: 'on' })
      await acts(tollgate, about.organizationId, 'after')
      await deliver(tollgate)
      expect(received).toHaveLength(sent + 1)
    })

    it('after five days without a success and ten failures, concurrent or not', async () => {
      const { tollgate, clock, about, of } = await made()
      const nine = Array.from({ length: 9 }, (_, n) => `u${n}`)
      await acts(tollgate, about.organizationId, ...nine)
      await deliver(tollgate)
      await clock.advance(121 * HOUR_MS)
      await deliver(tollgate)
      // Nine failures are not enough, and a pending delivery is not a success.
      expect(await tollgate.webhooks.get(of)).toMatchObject({ state: 'on' })
      await acts(tollgate, about.organizationId, ...Array.from({ length: 10 }, (_, n) => `v${n}`))
      await deliver(tollgate)
      expect(await tollgate.webhooks.get(of)).toMatchObject({
        state: 'disabled',
        reason: expect.stringMatching(/^nothing came through since /),
      })
      expect(await disabled(about)).toEqual([1, 1])
    })

    it('but not with the failures of a URL that was replaced', async () => {
      const { tollgate, clock, about, of } = await made()
      const ids = (name: string) => Array.from({ length: 10 }, (_, n) => `${name}${n}`)
      await acts(tollgate, about.organizationId, ...ids('u'))
      await deliver(tollgate)
      await clock.advance(119 * HOUR_MS)
      await tollgate.webhooks.update({ ...of, url: `${receiver.url}/mended` })
      await clock.advance(2 * HOUR_MS)
      await acts(tollgate, about.organizationId, ...ids('v'))
      await deliver(tollgate)
      expect(await tollgate.webhooks.get(of)).toMatchObject({ state: 'on', reason: null })
    })

    it('but not after a success in between', async () => {
      const { tollgate, clock, about, of } = await made()
      const ids = (name: string) => Array.from({ length: 10 }, (_, n) => `${name}${n}`)
      await acts(tollgate, about.organizationId, ...ids('u'))
      await deliver(tollgate)
      await clock.advance(100 * HOUR_MS)
      receiver.answer = answers(200)
      await acts(tollgate, about.organizationId, 'good')
      await deliver(tollgate)
      receiver.answer = answers(500)
      await clock.advance(21 * HOUR_MS)
      await acts(tollgate, about.organizationId, ...ids('v'))
      await deliver(tollgate)
      expect(await tollgate.webhooks.get(of)).toMatchObject({ state: 'on' })
    })
  })
})
