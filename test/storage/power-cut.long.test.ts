import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/engine/demo/seeded-random.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { createSession, type Session } from '../../src/storage/pglite/session.ts'
import { withSync } from '../../src/storage/pglite/synced-files.ts'
import { times } from '../setup/form.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { cutPower, TracedFiles } from './power-cut.ts'

/** The number of power cuts; raised by its variable. */
const CUTS = times('TOLLGATE_POWER_CUTS', { short: 2, long: 6 })
const COMMITS = times('TOLLGATE_POWER_COMMITS', { short: 20, long: 60 })

const newFolder = temporaryFolders()

/** A database with its recorded file operations, and the operations before each commit. */
const workload = async () => {
  const folder = newFolder()
  const made = await openPglite({ folder })
  await made.script(
    `create table promised (id integer primary key, note text not null);
     create index on promised (note)`,
  )
  await made.close()
  const before = join(newFolder(), 'pgdata')
  cpSync(join(folder, 'pgdata'), before, { recursive: true })
  const traced = new TracedFiles(join(folder, 'pgdata'))
  // Few buffers, so that pages are written long before a checkpoint, as under load.
  const pg = await PGlite.create({
    fs: traced,
    startParams: [...withSync(PGlite.defaultStartParams), '-c', 'shared_buffers=1MB'],
  })
  const session = createSession(pg)
  const commits: number[] = []
  for (let id = 0; id < COMMITS; id++) {
    await change(session, id)
    commits.push(traced.steps.length)
    if (id % 10 === 9) await session.query('checkpoint')
  }
  const { steps, first } = traced
  const whole = { before, traced: { steps: [...steps], first: new Map(first) }, commits }
  await pg.close()
  return whole
}

/** Commits of many rows each, so that a commit spans several pages. */
const change = async (session: Session, id: number): Promise<void> => {
  await session.begin()
  await session.query(
    'insert into promised select $1::integer * 50 + n, repeat(md5(n::text), 20) from generate_series(0, 49) n',
    [String(id)],
  )
  await session.query('update promised set note = note || $1 where id = $2::integer * 25', [
    String(id),
    String(id),
  ])
  await session.commit()
}

/** The commits in the image; rejects if it does not open or is damaged. */
const commitsIn = async (image: string): Promise<number> => {
  const pg = await PGlite.create({ dataDir: image })
  try {
    const rowsBy = async (scan: string) => {
      const { rows } = await pg.query<{ rows: number; last: number | null }>(
        `select count(*)::int as rows, max(id) as last from promised where id >= 0 and ${scan}`,
      )
      return rows[0]
    }
    await pg.exec(
      'set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off',
    )
    const table = await rowsBy('note is not null')
    await pg.exec('reset all; set enable_seqscan = off; set enable_bitmapscan = off')
    expect(await rowsBy('true')).toEqual(table)
    const commits = (table?.rows ?? 0) / 50
    expect(Number.isInteger(commits)).toBe(true)
    expect((table?.last ?? -1) + 1).toBe(commits * 50)
    return commits
  } finally {
    await pg.close()
  }
}

describe('the embedded database', () => {
  let whole: Awaited<ReturnType<typeof workload>>
  beforeAll(async () => {
    whole = await workload()
  }, 120_000)

  it(
    `keeps every commit after each of ${CUTS} power cuts`,
    async () => {
      const { before, traced, commits } = whole
      const { next, whole: wholeNumber } = seededRandom('power')
      for (let cut = 0; cut < CUTS; cut++) {
        const steps = wholeNumber(1, traced.steps.length)
        const image = join(newFolder(), 'pgdata')
        cutPower({ before, after: image, traced, random: next }, steps)
        const promised = commits.filter((after) => after <= steps).length
        expect(await commitsIn(image)).toBeGreaterThanOrEqual(promised)
      }
    },
    30_000 + CUTS * 10_000,
  )

  it('would lose commits without its syncs, so these cuts are real', async () => {
    const { before, traced, commits } = whole
    const image = join(newFolder(), 'pgdata')
    const steps = traced.steps.filter(({ kind }) => kind !== 'sync')
    const random = seededRandom('no sync').next
    cutPower({ before, after: image, traced: { ...traced, steps }, random }, steps.length)
    expect(await commitsIn(image).catch(() => 0)).toBeLessThan(commits.length)
  }, 60_000)
})
