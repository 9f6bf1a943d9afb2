import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { Database } from '../../src/storage/database.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { childProcesses } from '../setup/child-process.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { gateOptions } from './gate-configurations.ts'
import { proxiedUrl, startTcpProxy } from './tcp-proxy.ts'

/** Of each of four ways on PostgreSQL and two embedded, which take longer. Raised by its variable. */
const KILLS = times('TOLLGATE_JOURNAL_KILLS', { short: 2, long: 4 })
const EMBEDDED_KILLS = times('TOLLGATE_JOURNAL_KILLS', { short: 1, long: 2 })
const TIMEOUT_MS = 60_000 + KILLS * 20_000

const CALLER = new URL('journal-caller.mjs', import.meta.url)
const ORGANIZATION = 'killed'
const newFolder = temporaryFolders()
const start = childProcesses()

/** A different moment each time: from the first answers to well under way. */
const answersBefore = (kill: number): number => 1 + (((kill + 1) * 37) % 300)

/** The ids of what callers were told was let through, or queued. */
interface Told {
  readonly ids: string[]
  degraded: number
}

/**
 * Starts one that calls and kills it in the middle of that, again and again. `disturb` is called
 * when it is ready to call, and what it returns once it is dead.
 */
const killAgainAndAgain = async (
  options: EngineOptions,
  {
    verb = 'track',
    kills = KILLS,
    disturb,
  }: { verb?: string; kills?: number; disturb?: () => () => Promise<void> } = {},
): Promise<Told> => {
  const told: Told = { ids: [], degraded: 0 }
  const note = (line: string): void => {
    const [id = '', degraded] = line.split(' ')
    told.ids.push(id)
    if (degraded) told.degraded += 1
  }
  for (let kill = 0; kill < kills; kill++) {
    const caller = start(CALLER, JSON.stringify(options), ORGANIZATION, verb)
    expect(await caller.next()).toBe('ready')
    const undo = disturb?.()
    for (let answers = answersBefore(kill); answers > 0; ) {
      const line = await caller.next()
      note(line)
      if (!disturb || line.endsWith('degraded')) answers -= 1
    }
    caller.process.kill('SIGKILL')
    for (;;) {
      const line = await caller.next().catch(() => undefined)
      if (line === undefined) break
      // One that was cut short by the kill was heard by nobody.
      if (/^[0-9a-f-]{36}( degraded)?$/.test(line)) note(line)
    }
    expect(await caller.ended).toBe('SIGKILL')
    await undo?.()
  }
  return told
}

const makeOrganization = async (options: EngineOptions): Promise<void> => {
  await using tollgate = await createTollgate({ ...options, journal: false })
  await tollgate.organizations.create({ id: ORGANIZATION, name: ORGANIZATION, plan: 'gate/open' })
}

/** What every caller was told is in the books, once, and the books agree with the events. */
const expectAllOnce = async (db: Database, options: EngineOptions, told: Told): Promise<void> => {
  const tollgate = await createTollgate({ ...options, database: { ...db, close: async () => {} } })
  const rows = await db.query<{ id: string }>('select id from tollgate.events')
  const stored = new Set(rows.map(({ id }) => id))
  expect(stored.size).toBe(rows.length)
  expect(told.ids.filter((id) => !stored.has(id))).toEqual([])
  expect(new Set(told.ids).size).toBe(told.ids.length)
  expect(told.ids.length).toBeGreaterThan(EMBEDDED_KILLS)
  expect((await tollgate.admin.aggregate()).differences).toEqual([])
  await tollgate.close()
}

const MODES = ['strict', 'leased'] as const

describe('a process on the embedded database', () => {
  it.each(MODES)(
    `loses nothing that it let through when it is killed ${EMBEDDED_KILLS} times, %s`,
    async (decide) => {
      const folder = newFolder()
      const { database: _, ...gate } = gateOptions('', { name: decide, options: { decide } })
      const options = { ...gate, database: { folder } }
      await makeOrganization(options)
      const told = await killAgainAndAgain(options, { kills: EMBEDDED_KILLS })
      const db = await openPglite({ folder })
      await expectAllOnce(db, { ...options, journal: { dir: join(folder, 'journal') } }, told)
      await db.close()
    },
    TIMEOUT_MS,
  )
})

describeOnPostgres('a process on PostgreSQL', (open, url) => {
  const optionsFor = (at: string, decide: 'strict' | 'leased'): EngineOptions => ({
    ...gateOptions(at, { name: decide, options: { decide } }),
    journal: { dir: newFolder() },
  })
  beforeAll(async () => makeOrganization(optionsFor(url(), 'strict')))

  it.each(MODES)(
    `loses nothing that it let through when it is killed ${KILLS} times, %s`,
    async (decide) => {
      const options = optionsFor(url(), decide)
      await expectAllOnce(await open(), options, await killAgainAndAgain(options))
    },
    TIMEOUT_MS,
  )

  it(
    `loses nothing that it queued when it is killed ${KILLS} times`,
    async () => {
      const options = optionsFor(url(), 'strict')
      const told = await killAgainAndAgain(options, { verb: 'enqueue' })
      await expectAllOnce(await open(), options, told)
    },
    TIMEOUT_MS,
  )

  it(
    `loses nothing that it let through without the store when it is killed ${KILLS} times`,
    async () => {
      const proxy = await startTcpProxy(url())
      const options = optionsFor(url(), 'strict')
      const through = { database: { url: proxiedUrl(url(), proxy) }, storeTimeoutMs: 200 }
      const told = await killAgainAndAgain(
        { ...options, ...through },
        {
          disturb: () => {
            proxy.hang()
            return proxy.pass
          },
        },
      )
      expect(told.degraded).toBeGreaterThan(KILLS)
      await expectAllOnce(await open(), options, told)
      await proxy.close()
    },
    TIMEOUT_MS,
  )
})
