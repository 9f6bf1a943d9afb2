import { inject, it } from 'vitest'
import type { AuditAct } from '../src/core/audit.ts'
import type { Database } from '../src/storage/database.ts'
import { newDatabase } from './gate-subjects.ts'
import { machine, median, thousands } from './report.ts'

/**
 * The audit log: the rate of batched appends, and the rate of verifying a long chain. The lower
 * bound is reading the same rows without verifying them.
 */

const ENTRIES = Number(process.env.BENCH_AUDIT_ENTRIES ?? 1_000_000)
const BATCH = 10_000
const RUNS = Number(process.env.BENCH_RUNS ?? 3)
const server = inject('postgresUrl')

const { openPostgres } = (await import(
  '../dist/storage/postgres/open.js'
)) as typeof import('../src/storage/postgres/open.ts')
const { migrate } = (await import(
  '../dist/storage/migrate.js'
)) as typeof import('../src/storage/migrate.ts')
const { appendAuditEvents } = (await import(
  '../dist/storage/tables/audit-events.js'
)) as typeof import('../src/storage/tables/audit-events.ts')
const { chainPage } = (await import(
  '../dist/storage/tables/audit-chains.js'
)) as typeof import('../src/storage/tables/audit-chains.ts')
const { verifyAudit } = (await import(
  '../dist/engine/audit-log/verify-audit.js'
)) as typeof import('../src/engine/audit-log/verify-audit.ts')

const startMs = Date.UTC(2026, 0, 1)

const act = (n: number): AuditAct => ({
  organizationId: 'acme',
  category: 'limits',
  action: 'limit.overridden',
  actor: `user:${n % 500}`,
  address: '203.0.113.7',
  subject: `limit:tokens/day/${n}`,
  old: { max: n, behavior: 'hard' },
  new: { max: n + 1, behavior: 'hard', reason: 'launch week' },
})

const append = async (db: Database): Promise<number> => {
  const startedAt = performance.now()
  for (let from = 0; from < ENTRIES; from += BATCH) {
    const acts = Array.from({ length: Math.min(BATCH, ENTRIES - from) }, (_, n) => ({
      act: act(from + n),
      at: new Date(startMs + from + n),
    }))
    await appendAuditEvents(db, acts)
  }
  return (ENTRIES * 1_000) / (performance.now() - startedAt)
}

/** Reads exactly what a verification reads. */
const read = async (db: Database): Promise<void> => {
  for (let after = 0; after < ENTRIES; ) {
    const page = await chainPage(db, 'acme', { after, limit: 5_000 })
    after = page.at(-1)?.sequence ?? ENTRIES
  }
}

const rate = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return (ENTRIES * 1_000) / (performance.now() - startedAt)
}

it.runIf(server)('appends to the audit log and verifies it', async () => {
  console.log(machine())
  const database = await newDatabase(server as string)
  const db = await openPostgres({ url: database.url })
  try {
    await migrate(db)
    console.log(`${thousands(await append(db))} entries/s appended, ${thousands(BATCH)} a batch`)
    const rates: { verified: number[]; read: number[] } = { verified: [], read: [] }
    for (let run = 0; run < RUNS; run += 1) {
      rates.read.push(await rate(() => read(db)))
      rates.verified.push(
        await rate(async () => {
          const { entries, faults } = await verifyAudit({ db })
          if (entries !== ENTRIES || faults.length > 0) throw new Error('the chain is not whole')
        }),
      )
    }
    for (const [name, values] of Object.entries(rates)) {
      const perSecond = median(values)
      const seconds = (ENTRIES / perSecond).toFixed(1)
      console.log(`${thousands(perSecond)} entries/s ${name}: ${seconds} s for all`)
    }
  } finally {
    await db.close()
    await database.drop()
  }
})
