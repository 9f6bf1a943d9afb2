import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { builtSnapshot, currentStamp } from '../../src/storage/pglite/snapshot.ts'
import { childProcesses } from '../setup/child-process.ts'
import { times } from '../setup/form.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { markedSnapshot } from './marked-snapshot.ts'

const KILLS = times('TOLLGATE_FOLDER_KILLS', { short: 1, long: 3 })

const newFolder = temporaryFolders()
const startChild = childProcesses()

let snapshot: Uint8Array
beforeAll(async () => {
  snapshot = await markedSnapshot()
})

describe('the embedded database in a folder', () => {
  it('begins a new folder from the snapshot', async () => {
    const folder = join(newFolder(), 'not', 'there', 'yet')
    const db = await openPglite({ folder, snapshot })
    expect(await db.query('select a from marked', [])).toEqual([{ a: 7 }])
    await db.close()
  })

  it('keeps its data, whatever snapshot is offered', async () => {
    const folder = newFolder()
    const first = await openPglite({ folder, snapshot })
    await first.query('insert into marked values ($1)', [8])
    await first.close()
    const second = await openPglite({ folder, snapshot })
    expect(await second.query('select a from marked order by a', [])).toEqual([{ a: 7 }, { a: 8 }])
    await second.close()
  })

  it('is not created in a folder with other content', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'photo.jpg'), '')
    const before = statSync(folder).mode
    await expect(openPglite({ folder, snapshot })).rejects.toThrow(
      `The folder ${folder} is not empty and holds no database: pgdata is missing, and photo.jpg`,
    )
    expect(readdirSync(folder)).toEqual(['photo.jpg'])
    expect(statSync(folder).mode).toBe(before)
  })

  it('is not created if it is only to be opened', async () => {
    const folder = join(newFolder(), 'typo')
    await expect(openPglite({ folder, create: false })).rejects.toThrow(
      `There is no database in ${folder}`,
    )
    expect(existsSync(folder)).toBe(false)
  })

  it(`has every confirmed row after each of ${KILLS} kill(s)`, async () => {
    const folder = newFolder()
    let acknowledged = 0n
    for (let round = 0; round <= KILLS; round += 1) {
      const child = startChild(
        new URL('./fixtures/write-until-killed.mjs', import.meta.url),
        folder,
      )
      const [rows = 0n, last] = (await child.next()).split(' ').map(BigInt)
      // One more row may have been committed without its number arriving.
      expect(rows).toBeGreaterThanOrEqual(acknowledged)
      expect(rows).toBe(last)
      for (let more = 0; more < 100 + 50 * round; more += 1) {
        acknowledged = BigInt(await child.next())
      }
      child.process.kill('SIGKILL')
      await child.ended
    }
    expect(acknowledged).toBeGreaterThan(100n * BigInt(KILLS + 1))
  })
})

describe('the shipped snapshot', () => {
  it('is used only if PGlite and all SQL are unchanged', async () => {
    const folder = newFolder()
    const dist = pathToFileURL(`${folder}/`)
    const write = (stamp: unknown) =>
      writeFileSync(join(folder, 'pglite-snapshot.json'), JSON.stringify(stamp))
    expect(await builtSnapshot(dist)).toBeUndefined()

    writeFileSync(join(folder, 'pglite-snapshot.tar.gz'), 'data')
    const stamp = await currentStamp()
    expect(stamp.pglite).toMatch(/^\d+\.\d+\.\d+/)
    write(stamp)
    expect(Buffer.from((await builtSnapshot(dist)) ?? []).toString()).toBe('data')
    write({ ...stamp, pglite: '0.0.1' })
    expect(await builtSnapshot(dist)).toBeUndefined()
    write({ ...stamp, sql: 'other' })
    expect(await builtSnapshot(dist)).toBeUndefined()
  })
})
