import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineOptions } from '../../src/cli/database-options.ts'
import { serverJournal } from '../../src/cli/server-journal.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const newFolder = temporaryFolders()
const silent = { info: () => {}, warn: () => {}, error: () => {} }

describe("a command's journal", () => {
  it('is at the path of the option, or else of TOLLGATE_JOURNAL', async () => {
    const journalOf = async (journal?: string | false, TOLLGATE_JOURNAL?: string) =>
      (await engineOptions({ journal }, { TOLLGATE_JOURNAL })).journal
    expect(await journalOf('here')).toEqual({ dir: 'here' })
    expect(await journalOf('here', 'there')).toEqual({ dir: 'here' })
    expect(await journalOf(undefined, 'there')).toEqual({ dir: 'there' })
    expect(await journalOf(undefined, 'off')).toBe(false)
    expect(await journalOf(false, 'there')).toBe(false)
    expect(await journalOf()).toBeUndefined()
  })

  it('is in .tollgate by default, for a server on PostgreSQL', async () => {
    const database = { url: 'postgres://127.0.0.1/books' }
    const home = newFolder()
    expect(await serverJournal({ database }, silent, home)).toEqual({
      journal: { dir: join(home, 'journal') },
    })
    expect(existsSync(join(home, 'journal'))).toBe(true)
    expect(await serverJournal({ database, journal: false }, silent, home)).toEqual({})
    expect(await serverJournal({ database: { folder: home } }, silent, home)).toEqual({})
  })

  it('is off if there is no place for it, and the log says so', async () => {
    const said: string[] = []
    const log = { ...silent, warn: (_: object, message: string) => void said.push(message) }
    const database = { url: 'postgres://127.0.0.1/books' }
    const file = join(newFolder(), 'a-file')
    writeFileSync(file, '')
    expect(await serverJournal({ database }, log, file)).toEqual({ journal: false })
    expect(said).toMatchObject([expect.stringMatching(/^journal\.off: /)])
  })
})
