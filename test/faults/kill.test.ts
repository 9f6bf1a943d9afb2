import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { writeUntilKilled } from './killing.ts'

/** Raised further by `npm run torture`. */
const CYCLES = times('TOLLGATE_KILL_CYCLES', { short: 1, long: 3 })

/** A different moment in each cycle: from the first acknowledgements to well under way. */
const acknowledgementsBefore = (cycle: number): number => 1 + (((cycle + 1) * 37) % 400)

const killAgainAndAgain = async (target: string): Promise<Set<string>> => {
  const acknowledged = new Set<string>()
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const ids = await writeUntilKilled(target, `cycle-${cycle}`, acknowledgementsBefore(cycle))
    for (const id of ids) acknowledged.add(id)
  }
  return acknowledged
}

/** Every acknowledged event is there once, and the books agree with the events. */
const expectNothingLost = async (db: Database, acknowledged: Set<string>): Promise<void> => {
  const rows = await db.query<{ id: string }>('select id from tollgate.events')
  const stored = new Set(rows.map((row) => row.id))
  expect(stored.size).toBe(rows.length)
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
  const tollgate = await createTollgate({ database: db })
  expect((await tollgate.admin.aggregate()).differences).toEqual([])
  await tollgate.close()
}

describe('the embedded database', () => {
  it(
    `loses no acknowledged event when its process is killed ${CYCLES} times under load`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tollgate-kill-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const acknowledged = await killAgainAndAgain(folder)
      expect(acknowledged.size).toBeGreaterThan(CYCLES)
      await expectNothingLost(await openPglite({ folder }), acknowledged)
    },
    CYCLES * 60_000,
  )
})

describeOnPostgres('a process on PostgreSQL', (open, url) => {
  it(
    `loses no acknowledged event when it is killed ${CYCLES} times under load`,
    async () => {
      const acknowledged = await killAgainAndAgain(url())
      expect(acknowledged.size).toBeGreaterThan(CYCLES)
      await expectNothingLost(await open(), acknowledged)
    },
    CYCLES * 60_000,
  )
})
