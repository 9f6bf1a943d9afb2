import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import { callOf } from './gate-catalog.ts'
import { fromCallers, newDatabase, openGate } from './gate-subjects.ts'
import { plumbingOf } from './plumbing.ts'
import { machine, median, thousands } from './report.ts'

/**
 * Leased decisions with and without a journal, in turns in one run: one caller at a time, and 64
 * concurrent callers. And `enqueue`, which waits for a sync if there is a journal. Beside them the
 * limit of the parts below: one bare write of a record, with a sync under way as in the journal.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const COUNT = Number(process.env.BENCH_COUNT ?? 50_000)
const server = inject('postgresUrl')

type Figures = Awaited<ReturnType<typeof fromCallers>>

const report = (name: string, runs: readonly Figures[]): void => {
  const [rate, p50, p99] = [
    median(runs.map((run) => run.perSecond)),
    median(runs.map((run) => run.p50Ms)) * 1000,
    median(runs.map((run) => run.p99Ms)) * 1000,
  ]
  console.log(
    `${name.padEnd(40)} ${thousands(rate).padStart(11)}/s  p50 ${p50.toFixed(2)} µs  p99 ${p99.toFixed(1)} µs`,
  )
}

/** Bare writes of this many bytes, of which each is synced within 5 ms. */
const bareWrites = async (dir: string, bytes: number, count: number): Promise<Figures> => {
  const path = join(dir, 'bare')
  const file = openSync(path, 'w')
  const record = Buffer.alloc(bytes, 'x')
  let place = 0
  let isSyncing = false
  const sync = () => {
    if (isSyncing) return
    isSyncing = true
    fdatasync(file, () => {
      isSyncing = false
    })
  }
  const timer = setInterval(sync, 5)
  const figures = await fromCallers(1, count, async () => {
    place += writeSync(file, record, 0, bytes, place)
    // The timer must get its turn, as under traffic.
    if (place % (bytes * 100) === 0) await new Promise(setImmediate)
  })
  clearInterval(timer)
  while (isSyncing) await new Promise(setImmediate)
  closeSync(file)
  rmSync(path)
  return figures
}

const drained = async (tollgate: TollgateEngine): Promise<void> => {
  while (plumbingOf(tollgate).statistics().queued > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

it.runIf(server)('decides on leases with a journal, and without', async () => {
  console.log(machine())
  const dir = mkdtempSync(join(tmpdir(), 'tollgate-bench-journal-'))
  // The time covers the decision; its event is recorded after the run.
  const recorder = { capacity: 1_000_000, flushAt: 1_000_000, flushAfterMs: 60_000 }
  const subjects = await Promise.all(
    ([{ dir }, false] as const).map(async (journal) => {
      const database = await newDatabase(server as string)
      const tollgate = await openGate(database.url, { decide: 'leased', recorder, journal })
      const name = journal ? 'with a journal' : 'without'
      const runs = { one: [], many: [], queued: [] } as Record<'one' | 'many' | 'queued', Figures[]>
      return { database, tollgate, name, runs }
    }),
  )
  const enqueue = (tollgate: TollgateEngine) => () => tollgate.enqueue(callOf('acme'))
  const bare: Figures[] = []
  let bytes = 0
  for (let run = -2; run < RUNS; run++) {
    for (const { tollgate, runs } of subjects) {
      const track = () => tollgate.track(callOf('acme'))
      // As under traffic: the leased amount matches the rate of use.
      await fromCallers(1, COUNT, track)
      const one = await fromCallers(1, COUNT, track)
      const journal = plumbingOf(tollgate).statistics().journal
      if (journal) bytes = Math.round(journal.bytes / journal.waiting)
      const many = await fromCallers(64, COUNT, track)
      const queued = await fromCallers(64, COUNT / 5, enqueue(tollgate))
      await tollgate.flush()
      await drained(tollgate)
      if (run < 0) continue
      runs.one.push(one)
      runs.many.push(many)
      runs.queued.push(queued)
    }
    const written = await bareWrites(dir, bytes, COUNT)
    if (run >= 0) bare.push(written)
  }
  report(`a bare write of ${bytes} bytes`, bare)
  for (const { name, runs } of subjects) {
    report(`one caller, ${name}`, runs.one)
    report(`64 callers, ${name}`, runs.many)
    report(`enqueue, 64 callers, ${name}`, runs.queued)
  }
  for (const { tollgate, database } of subjects) {
    await tollgate.close()
    await database.drop()
  }
  rmSync(dir, { recursive: true, force: true })
})
