import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { tellEvents } from '../../src/storage/tables/domain-events.ts'
import { testClock } from '../../src/testing/index.ts'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { acts, bodyOf, deliver, deliveriesOf, idsOf, toThisMachine } from './webhook-steps.ts'

const receiver = await openReceiver()
const { received } = receiver
const options = { catalogs: [SUBSCRIPTIONS_CATALOG], webhooks: toThisMachine(receiver.port) }

describe('dispatchers', () => {
  beforeEach(() => {
    received.length = 0
    receiver.answer = answers(200)
  })
  afterAll(() => receiver.close())

  describeEngine('of several processes on one database', options, (subject) => {
    it('send each delivery once, whichever process wrote it', async () => {
      const { tollgate, organization, clock, another } = subject()
      const others = [await another(), await another()]
      const organizationId = await organization('subscribed/pro')
      await clock.advance(1)
      const { id: endpointId } = await tollgate.webhooks.create({
        organizationId,
        url: receiver.url,
      })
      const ids = Array.from({ length: 40 }, (_, n) => `user-${n}`)
      const all = [tollgate, ...others]
      await Promise.all([
        // Each waits for its own act: forty at once would wait too long for the one organization.
        ...all.map(async (one, place) => {
          for (const id of ids.filter((_, n) => n % 3 === place))
            await acts(one, organizationId, id)
        }),
        ...all.map(deliver),
      ])
      // Where a look of its own has the endpoint, one that is asked to send leaves it to that.
      await eventually(async () => {
        await Promise.all(all.map(deliver))
        const states = await deliveriesOf(tollgate, { organizationId, endpointId })
        expect(states.map(({ state }) => state)).toEqual(ids.map(() => 'done'))
      })
      expect(idsOf(received)).toHaveLength(40)
      expect(new Set(idsOf(received)).size).toBe(40)
      const sequences = received.map((one) => bodyOf(one).sequence).sort((a, b) => a - b)
      expect(sequences).toEqual(ids.map((_, n) => n + 2))
    })

    it('notice new events without a request', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('subscribed/pro')
      await clock.advance(1)
      await tollgate.webhooks.create({ organizationId, url: receiver.url })
      await acts(tollgate, organizationId, 'ada')
      await eventually(() =>
        expect(received.map((one) => bodyOf(one).subject)).toContain('user:ada'),
      )
    })

    it('retry a delivery whose dispatcher went away', async () => {
      const { tollgate, organization, clock, db } = subject()
      const organizationId = await organization('subscribed/pro')
      await clock.advance(1)
      const { id } = await tollgate.webhooks.create({ organizationId, url: receiver.url })
      const own = () => received.filter((one) => bodyOf(one).organizationId === organizationId)
      await acts(tollgate, organizationId, 'ada')
      await deliver(tollgate)
      // Another pass may have sent it, and releases the endpoint a little later.
      const leases = () => db.query('select lease from tollgate.endpoints where id = $1', [id])
      await eventually(async () => expect(await leases()).toEqual([{ lease: null }]))
      // This is the state after a process dies between the answer and its write.
      await db.query(
        `with gone as (
           update tollgate.endpoints set lease = $2, due_at = $3::timestamptz,
             leased_until = $3::timestamptz + interval '2 minutes' where id = $1)
         update tollgate.deliveries set state = 'waiting', next_attempt_at = $3, done_at = null
         where endpoint_id = $1`,
        [id, '00000000-0000-7000-8000-000000000000', clock.now().toISOString()],
      )
      await deliver(tollgate)
      expect(own()).toHaveLength(1)
      await clock.advance(120_000)
      await deliver(tollgate)
      // A pass that had already begun may be the one that sends it.
      await eventually(() => expect(own()).toHaveLength(2))
      expect(new Set(idsOf(own())).size).toBe(1)
    })

    it('write successes of many endpoints in one statement, except for those they no longer lease', async () => {
      const { tollgate, organization, clock, db } = subject()
      const ids: string[] = []
      for (let n = 0; n < 12; n += 1) ids.push(await organization('subscribed/pro'))
      await clock.advance(1)
      const made = await Promise.all(
        ids.map((organizationId) =>
          tollgate.webhooks.create({ organizationId, url: receiver.url }),
        ),
      )
      const waiting: import('node:http').ServerResponse[] = []
      receiver.answer = (response) => void waiting.push(response)
      const query = vi.spyOn(db, 'query')
      await Promise.all(ids.map((id) => acts(tollgate, id, 'ada')))
      const sending = deliver(tollgate)
      await eventually(() => expect(waiting).toHaveLength(12))
      const [lost] = made
      const others = '00000000-0000-7000-8000-000000000000'
      await db.query('update tollgate.endpoints set lease = $2 where id = $1', [lost?.id, others])
      for (const response of waiting) response.writeHead(200).end()
      await sending
      const stateOf = async ({ id: endpointId, organizationId }: (typeof made)[number]) => {
        const about = { organizationId: organizationId ?? '', endpointId }
        return (await deliveriesOf(tollgate, about)).map(({ state }) => state)
      }
      // A pass that had already begun may be the one that sent them.
      await eventually(async () =>
        expect(await Promise.all(made.map(stateOf))).toEqual(
          made.map((one) => [one === lost ? 'waiting' : 'done']),
        ),
      )
      const written = query.mock.calls.filter(([text]) => text.includes('delivery_tries'))
      query.mockRestore()
      expect(written.length).toBeGreaterThan(0)
      expect(written.length).toBeLessThan(6)
    })

    it('discard an answer if another dispatcher holds the endpoint by then', async () => {
      const { tollgate, organization, clock, db } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      await clock.advance(1)
      const { id } = await tollgate.webhooks.create({ ...about, url: receiver.url })
      const of = { ...about, endpointId: id }
      const waiting: import('node:http').ServerResponse[] = []
      receiver.answer = (response) => void waiting.push(response)
      await acts(tollgate, about.organizationId, 'ada')
      const sending = deliver(tollgate)
      await eventually(() => expect(waiting).toHaveLength(1))
      const others = '00000000-0000-7000-8000-000000000000'
      await db.query('update tollgate.endpoints set lease = $2 where id = $1', [id, others])
      for (const response of waiting) response.writeHead(200).end()
      await sending
      expect(await deliveriesOf(tollgate, of)).toMatchObject([{ state: 'waiting', attempts: 0 }])
      expect(await db.query('select lease from tollgate.endpoints where id = $1', [id])).toEqual([
        { lease: others },
      ])
      // The other dispatcher has gone as well. After its lease, any pass sends the delivery.
      receiver.answer = answers(200)
      await clock.advance(120_000)
      await deliver(tollgate)
      await eventually(async () =>
        expect(await deliveriesOf(tollgate, of)).toMatchObject([{ state: 'done', attempts: 1 }]),
      )
    })
  })

  const patient = { ...options, webhooks: { ...options.webhooks, timeoutMs: 60_000 } }
  describeEngine('with slow endpoints', patient, (subject) => {
    it('still reach a healthy endpoint behind more than a hundred that never answer', async () => {
      const { tollgate, organization, clock } = subject()
      const made = async (organizationId: string, path: string) =>
        tollgate.webhooks.create({ organizationId, url: `${receiver.url}/${path}` })
      const crowd: string[] = []
      for (let n = 0; n < 3; n += 1) crowd.push(await organization('subscribed/pro'))
      const organizationId = await organization('subscribed/pro')
      await clock.advance(1)
      for (const id of crowd) for (let n = 0; n < 44; n += 1) await made(id, 'dead')
      await made(organizationId, 'alive')
      const left: import('node:http').ServerResponse[] = []
      receiver.answer = (response, { path }) => {
        if (path.endsWith('dead')) left.push(response)
        else response.writeHead(200).end()
      }
      for (const id of crowd) await acts(tollgate, id, 'ada')
      await acts(tollgate, organizationId, 'ada')
      const finished = deliver(tollgate)
      await eventually(() => expect(left.length).toBeGreaterThanOrEqual(100))
      await eventually(async () => {
        await clock.advance(1_000)
        expect(received.map(({ path }) => path)).toContain('/hooks/alive')
      })
      // No delivery to the others has timed out yet.
      for (const response of left) {
        expect(response.destroyed).toBe(false)
        response.writeHead(200).end()
      }
      receiver.answer = answers(200)
      await finished
    })
  })

  describeOnPostgres('with slow writers', (open) => {
    it('lose no event that has a lower number and commits later', async () => {
      const [db, slow] = [await open(), await open()]
      const clock = testClock('2026-03-10T12:00:00Z')
      const engines = [
        await createTollgate({ ...options, database: db, clock }),
        await createTollgate({ ...options, database: await open(), clock }),
      ]
      const [tollgate] = engines as [(typeof engines)[0]]
      await tollgate.platformWebhooks.create({ url: receiver.url, kinds: ['job.failed'] })
      await clock.advance(1_000)
      const tell = (on: typeof db, organizationId: string, job: string) =>
        on.transaction((tx) =>
          tellEvents(tx, [
            {
              organizationId,
              kind: 'job.failed',
              subject: `job:${job}`,
              data: { job, scheduledFor: clock.now().toISOString(), error: 'a test' },
              occurredAt: clock.now(),
            },
          ]),
        )
      let goOn = () => {}
      const held = new Promise<void>((resolve) => {
        goOn = resolve
      })
      let isTold = () => {}
      const told = new Promise<void>((resolve) => {
        isTold = resolve
      })
      const late = slow.transaction(async (tx) => {
        await tellEvents(tx, [
          {
            organizationId: 'slow',
            kind: 'job.failed',
            subject: 'job:late',
            data: { job: 'late', scheduledFor: clock.now().toISOString(), error: 'a test' },
            occurredAt: clock.now(),
          },
        ])
        isTold()
        await held
      })
      await told
      await clock.advance(1_000)
      for (let n = 0; n < 5; n += 1) await tell(db, `quick-${n}`, `quick-${n}`)
      await Promise.all(engines.map(deliver))
      expect(received).toHaveLength(5)
      goOn()
      await late
      await Promise.all(engines.map(deliver))
      expect(received.map((one) => bodyOf(one).subject).sort()).toEqual([
        ...['job:late', 'job:quick-0', 'job:quick-1', 'job:quick-2', 'job:quick-3', 'job:quick-4'],
      ])
      await Promise.all(engines.map((engine) => engine.close()))
    })

    it('see numbers in commit order, whatever processes write together', async () => {
      const db = await open()
      const clock = testClock('2026-03-10T12:00:00Z')
      const committed: bigint[] = []
      const write = () =>
        db.transaction(async (tx) => {
          const event = { kind: 'webhook.test', subject: 'a:b', data: { endpointId: 'a' } }
          await tellEvents(tx, [{ ...event, organizationId: 'one', occurredAt: clock.now() }])
          const [row] = await tx.query<{ sequence: bigint }>(
            "select sequence from tollgate.domain_event_heads where organization_id = 'one'",
          )
          // No other writer can get a number of this organization until this one commits.
          committed.push(row?.sequence ?? 0n)
        })
      await Promise.all(Array.from({ length: 60 }, write))
      expect(committed).toEqual(committed.map((_, index) => BigInt(index + 1)))
      const [row] = await db.query<{ events: bigint }>(
        "select count(distinct sequence) as events from tollgate.domain_events where organization_id = 'one'",
      )
      expect(row?.events).toBe(60n)
    })
  })
})
