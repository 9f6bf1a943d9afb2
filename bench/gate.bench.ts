import { Redis } from 'ioredis'
import { Client, Pool } from 'pg'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import { uuidv7 } from 'uuidv7'
import { inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { UsageItem } from '../src/storage/usage-batch.ts'
import { callOf } from './gate-catalog.ts'
import { fromCallers, newDatabase, openGate } from './gate-subjects.ts'
import { plumbingOf } from './plumbing.ts'
import { machine, median, thousands } from './report.ts'

/**
 * Decisions of the gate, compared in turns with common alternatives or with the limit of the lower
 * layers. The gate prices the call, checks a rate, a daily token limit and monthly credits, and
 * records the event. The alternatives decide one limit and record nothing.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const server = inject('postgresUrl')
const redisUrl = inject('redisUrl')

const { decideUsage } = (await import(
  '../dist/storage/gate/usage.js'
)) as typeof import('../src/storage/gate/usage.ts')
const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')

type Figures = Awaited<ReturnType<typeof fromCallers>>

const report = (name: string, runs: readonly Figures[], beside?: readonly Figures[]): number => {
  const rate = median(runs.map((run) => run.perSecond))
  const p50 = median(runs.map((run) => run.p50Ms)) * 1000
  const p99 = median(runs.map((run) => run.p99Ms)) * 1000
  const ratio = beside
    ? `, ${(rate / median(beside.map((run) => run.perSecond))).toFixed(2)} ×`
    : ''
  console.log(
    `${name.padEnd(52)} ${thousands(rate).padStart(11)}/s  p50 ${p50.toFixed(1)} µs  p99 ${p99.toFixed(1)} µs${ratio}`,
  )
  return rate
}

const drained = async (tollgate: TollgateEngine): Promise<void> => {
  while (plumbingOf(tollgate).statistics().queued > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

it.runIf(server && redisUrl)('decides on leases', async () => {
  console.log(machine())
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, {
    decide: 'leased',
    recorder: { capacity: 1_000_000, flushAt: 4_000 },
  })
  const redis = new Redis(redisUrl as string)
  const limit = { points: 1_000_000_000, duration: 60 }
  const inMemory = new RateLimiterMemory(limit)
  const onRedis = new RateLimiterRedis({ ...limit, storeClient: redis, keyPrefix: uuidv7() })
  const COUNT = 50_000
  // The first calls determine how much to lease.
  for (let round = 0; round < 3; round++) {
    await fromCallers(1, COUNT, () => tollgate.track(callOf('acme')))
    await drained(tollgate)
  }
  const [leased, memory, redisAlone, redisMany]: Figures[][] = [[], [], [], []]
  for (let run = 0; run < RUNS; run++) {
    memory?.push(await fromCallers(1, COUNT, () => inMemory.consume('acme')))
    redisAlone?.push(await fromCallers(1, 5_000, () => onRedis.consume('acme')))
    redisMany?.push(await fromCallers(64, 20_000, () => onRedis.consume('acme')))
    // As under traffic: the leased amount matches the rate of use.
    await fromCallers(1, COUNT, () => tollgate.track(callOf('acme')))
    await drained(tollgate)
    leased?.push(await fromCallers(1, COUNT, () => tollgate.track(callOf('acme'))))
    await drained(tollgate)
  }
  const rate = report('Tollgate on leases, three limits, recorded', leased ?? [], memory)
  report('rate-limiter-flexible in memory, one limit', memory ?? [])
  const alone = report('rate-limiter-flexible on Redis, one limit, one caller', redisAlone ?? [])
  const many = report('rate-limiter-flexible on Redis, one limit, 64 callers', redisMany ?? [])
  console.log(`leases are ${(rate / alone).toFixed(1)} × and ${(rate / many).toFixed(1)} × these`)
  await tollgate.close()
  await redis.quit()
  await database.drop()
})

it.runIf(server)('decides strictly for one hot organization', async () => {
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, {})
  const db = await openPostgres({ url: database.url })
  const node = { id: uuidv7(), hasRedis: false }
  const bare = (n: number) =>
    decideUsage(db, [{ item: itemOf(n), verb: 'track', decisionId: uuidv7() }], node, new Date())
  const conditional = await conditionalUpdate(database.url)
  for (const one of [() => tollgate.track(callOf('acme')), bare, conditional.one]) {
    await fromCallers(64, 2_000, one)
  }
  const runs: Record<'many' | 'lone' | 'bare' | 'update', Figures[]> = {
    many: [],
    lone: [],
    bare: [],
    update: [],
  }
  for (let run = 0; run < RUNS; run++) {
    runs.many.push(await fromCallers(64, 20_000, () => tollgate.track(callOf('acme'))))
    runs.update.push(await fromCallers(64, 5_000, conditional.one))
    runs.lone.push(await fromCallers(1, 500, () => tollgate.track(callOf('acme'))))
    runs.bare.push(await fromCallers(1, 500, bare))
  }
  report('Tollgate strict, 64 callers', runs.many, runs.update)
  report('a conditional update of one row, 64 callers', runs.update)
  report('Tollgate strict, one caller', runs.lone, runs.bare)
  report('the bare statement, one caller', runs.bare)
  await conditional.end()
  await db.close()
  await tollgate.close()
  await database.drop()
})

it.runIf(server)('reserves and settles', async () => {
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, {})
  const lifecycle = async () => {
    const { organizationId, eventType } = callOf('acme')
    const quantities = { tokens: 200 }
    const hold = await tollgate.reserve({ organizationId, eventType, quantities })
    if (!hold.allowed) throw new Error(hold.reason)
    await hold.settle({ quantities: { tokens: 120 } })
  }
  await fromCallers(64, 1_000, lifecycle)
  const runs: Figures[] = []
  for (let run = 0; run < RUNS; run++) runs.push(await fromCallers(64, 5_000, lifecycle))
  report('reserve and settle, 64 callers (lifecycles)', runs)
  await tollgate.close()
  await database.drop()
})

/** An item as the engine would create it from the benchmark's call. */
const itemOf = (_n: number): UsageItem => {
  const at = new Date()
  return {
    organizationId: 'acme',
    id: uuidv7(),
    fingerprint: uuidv7(),
    occurredAt: at,
    receivedAt: at,
    backfilled: false,
    eventType: 'call',
    category: 'api',
    userId: 'user-1',
    endpoint: '/api/chat',
    quantities: '{"api_calls":1,"tokens":120,"credits":2000000}',
    microCredits: 2_000_000n,
    catalogVersionId: 1n,
    amounts: [
      { meter: 'api_calls', units: 1n },
      { meter: 'tokens', units: 120n },
      { meter: 'credits', units: 2_000_000n },
    ],
  }
}

/** The obvious solution: exact for one limit, and it records nothing. */
const conditionalUpdate = async (url: string) => {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('create table plain (id text primary key, used bigint not null)')
  await client.query(`insert into plain values ('acme', 0)`)
  await client.end()
  const pool = new Pool({ connectionString: url, max: 20 })
  const one = () =>
    pool.query({
      name: 'take',
      text: 'update plain set used = used + $2 where id = $1 and used + $2 <= $3',
      values: ['acme', 1, 1_000_000_000],
    })
  return { one, end: () => pool.end() }
}
