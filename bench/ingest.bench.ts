import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { EngineOptions } from '../src/engine/options.ts'
import type { Database } from '../src/storage/database.ts'
import type { UsageItem } from '../src/storage/usage-batch.ts'
import { onServer } from '../test/setup/substrates.ts'
import { machine, median, perSecond, thousands } from './report.ts'
import { eventNumber, ORGANIZATIONS, organizationOf } from './workload.ts'

/**
 * Events per second through the recorder: `enqueue` validates, prices, batches, records once and
 * rolls up. The comparison is the bare statement that inserts and rolls up the same prepared
 * events. Both run in one process, in turns, on their own databases.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const EVENTS = Number(process.env.BENCH_EVENTS ?? 100_000)
const BATCH = 4_000

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')
const { recordEvents } = (await import(
  '../dist/storage/gate/usage.js'
)) as typeof import('../src/storage/gate/usage.ts')
const { openPglite } = (await import(
  '../dist/storage/pglite/open.js'
)) as typeof import('../src/storage/pglite/open.ts')
const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')

const databaseUrl = (url: string, database: string): string => {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

interface Subject {
  readonly name: string
  readonly lanes: number
  open(): Promise<{ db: Database; drop(): Promise<void> }>
}

const subjects: Subject[] = [
  {
    name: 'PGlite in a folder',
    lanes: 1,
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'))
      const drop = () => rm(folder, { recursive: true, force: true })
      return { db: await openPglite({ folder }), drop }
    },
  },
]
const server = inject('postgresUrl')
if (server) {
  subjects.push({
    name: 'PostgreSQL',
    lanes: 2,
    open: async () => {
      const name = `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`
      await onServer(server, (client) => client.query(`create database ${name}`))
      const drop = () =>
        onServer(server, async (client) => {
          await client.query(`drop database ${name} with (force)`)
        })
      return { db: await openPostgres({ url: databaseUrl(server, name) }), drop }
    },
  })
}

const started = async (db: Database, options: EngineOptions = {}): Promise<TollgateEngine> => {
  const tollgate = await createTollgate({ ...options, database: db })
  for (let n = 0; n < ORGANIZATIONS; n++) {
    const id = organizationOf(n)
    await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/enterprise' })
  }
  return tollgate
}

const throughRecorder = async (tollgate: TollgateEngine): Promise<number> => {
  const at = new Date().toISOString()
  const start = process.hrtime.bigint()
  for (let n = 0; n < EVENTS; n++) await tollgate.enqueue(eventNumber(n, at))
  await tollgate.flush()
  return perSecond(EVENTS, process.hrtime.bigint() - start)
}

/** The same rows, prepared in advance; each connection has its own organizations. */
const bareBatches = (lanes: number): UsageItem[][][] => {
  const now = new Date()
  const items = Array.from({ length: EVENTS }, (_, n) => bareItem(n, now))
  return Array.from({ length: lanes }, (_, lane) => {
    const mine = items.filter((_item, n) => (n % ORGANIZATIONS) % lanes === lane)
    return Array.from({ length: Math.ceil(mine.length / BATCH) }, (_batch, index) =>
      mine.slice(index * BATCH, (index + 1) * BATCH),
    )
  })
}

const bareItem = (n: number, now: Date): UsageItem => {
  const event = eventNumber(n, '')
  const tokens = BigInt((event.inputTokens ?? 0) + (event.outputTokens ?? 0))
  return {
    organizationId: organizationOf(n),
    id: event.id as string,
    fingerprint: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`,
    occurredAt: now,
    receivedAt: now,
    backfilled: false,
    eventType: event.eventType,
    category: 'chat',
    userId: event.userId ?? undefined,
    sessionId: event.sessionId ?? undefined,
    quantities: JSON.stringify({ tokens: Number(tokens), chat_messages: 1, api_calls: 1 }),
    microCredits: 0n,
    costUsd: '0.004512',
    priceSource: 'library',
    provider: 'openai',
    model: event.model ?? undefined,
    inputTokens: event.inputTokens ?? undefined,
    outputTokens: event.outputTokens ?? undefined,
    endpoint: event.endpoint ?? undefined,
    method: 'POST',
    status: event.status ?? undefined,
    durationMs: event.durationMs ?? undefined,
    catalogVersionId: 1n,
    amounts: [
      { meter: 'tokens', units: tokens },
      { meter: 'chat_messages', units: 1n },
      { meter: 'api_calls', units: 1n },
    ],
  }
}

const throughBareStatement = async (db: Database, lanes: UsageItem[][][]): Promise<number> => {
  const start = process.hrtime.bigint()
  await Promise.all(
    lanes.map(async (batches) => {
      for (const batch of batches) {
        const asks = batch.map((item) => ({ item }))
        await recordEvents(db, asks, 'bench', new Date())
      }
    }),
  )
  return perSecond(EVENTS, process.hrtime.bigint() - start)
}

/** One run on its own database. */
const run = async (
  { open }: Subject,
  measure: (tollgate: TollgateEngine, db: Database) => Promise<number>,
): Promise<number> => {
  const { db, drop } = await open()
  const tollgate = await started(db)
  const result = await measure(tollgate, db)
  await tollgate.close()
  await drop()
  return result
}

it.each(subjects)('ingest on $name', async (subject) => {
  const connections = [...new Set([1, subject.lanes])]
  const recorder: number[] = []
  const bare = new Map<number, number[]>(connections.map((count) => [count, []]))
  for (let turn = 0; turn < RUNS; turn++) {
    recorder.push(await run(subject, throughRecorder))
    for (const count of connections) {
      const batches = bareBatches(count)
      bare.get(count)?.push(await run(subject, (_, db) => throughBareStatement(db, batches)))
    }
  }
  const ours = median(recorder)
  const row = (what: string, runs: readonly number[]) => {
    const ratio = (ours / median(runs)).toFixed(2)
    return `| ${what} | ${thousands(median(runs))} | ${ratio} | ${runs.map(thousands).join(' · ')} |`
  }
  console.log(
    [
      '',
      `### ingest on ${subject.name} (${machine()})`,
      `${thousands(EVENTS)} events a run, ${RUNS} runs in turns, medians`,
      '| | events/s | recorder ÷ this | all runs |',
      '|---|---|---|---|',
      row('recorder', recorder),
      ...[...bare].map(([count, runs]) => row(`bare statement, ${count} connection(s)`, runs)),
    ].join('\n'),
  )
})

it.each(subjects)('memory over a million events on $name', async ({ name, open }) => {
  if (!process.env.BENCH_MEMORY) return
  const { db, drop } = await open()
  const tollgate = await started(db)
  const at = new Date().toISOString()
  const samples: string[] = []
  for (let n = 0; n < 1_000_000; n++) {
    await tollgate.enqueue(eventNumber(n, at))
    if (n % 100_000 === 99_999) {
      const { rss, heapUsed } = process.memoryUsage()
      samples.push(`${Math.round(rss / 2 ** 20)} (heap ${Math.round(heapUsed / 2 ** 20)})`)
    }
  }
  await tollgate.flush()
  console.log(`\n### memory on ${name}, MiB at every 100,000 events\n${samples.join(' · ')}`)
  await tollgate.close()
  await drop()
})
