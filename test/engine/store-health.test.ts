import { describe, expect, it } from 'vitest'
import { isAway, isOfStore, storeUnavailable } from '../../src/engine/group-commit/store-guard.ts'
import { StoreHealth } from '../../src/engine/store-health.ts'
import type { Database } from '../../src/storage/database.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { codeOfSystem } from '../../src/storage/store-trouble.ts'
import { testClock } from '../../src/testing/index.ts'

const failed = (code: string): DatabaseError =>
  new DatabaseError({ code, message: 'could not extend file "base/5/16384"', severity: 'ERROR' })

describe('a store failure', () => {
  it.each([
    ['53100', 'unfit', /no room/],
    ['53200', 'unfit', /memory/],
    ['53400', 'unfit', /run out/],
    ['25006', 'unfit', /read-only/],
    ['58030', 'unfit', /disk/],
    ['53300', 'away', /no connection left/],
    ['08006', 'away', /cannot be reached/],
    ['57P01', 'away', /shutting down/],
    ['57P03', 'away', /starting/],
    ['28P01', 'away', /password/],
    ['57014', 'busy', /too long/],
    ['40P01', 'busy', /another/],
  ])('%s is %s, and is answered as unavailable', (code, kind, reason) => {
    const error = failed(code)
    expect(error.trouble).toMatchObject({ kind, reason: expect.stringMatching(reason) })
    expect(storeUnavailable(error)).toMatchObject({ code: 'unavailable', status: 503 })
    expect(storeUnavailable(error).message).not.toContain('base/5')
    // A call that waited for others says nothing about the store, and allows nothing.
    expect([isOfStore(error), isAway(error)]).toEqual([true, kind !== 'busy'])
    expect(error.unreachable).toBe(kind === 'away')
  })

  it.each(['23505', '22003', '42501', '42P01', '54001', 'XX001', 'XX000'])(
    'does not include %s',
    (code) => {
      expect(failed(code).trouble).toBeUndefined()
      expect(isOfStore(failed(code))).toBe(false)
    },
  )

  it("is recognized by a system's error code", () => {
    expect(codeOfSystem('ENOSPC: no space left on device, write')).toBe('53100')
    expect(codeOfSystem('could not write to file: No space left on device')).toBe('53100')
    expect(codeOfSystem('EDQUOT: disk quota exceeded')).toBe('53100')
    expect(codeOfSystem('EROFS: read-only file system, open')).toBe('25006')
    expect(codeOfSystem('it broke off in the middle of an answer')).toBeUndefined()
  })
})

describe('readiness', () => {
  const NO_ROOM = "no room is left on the database's disk"

  /** A store that records its statements and fails as the test sets. */
  const store = () => {
    const asked: string[] = []
    const fails: { with?: DatabaseError | undefined } = {}
    const logged: string[] = []
    const log = (_fields: object, message: string) => {
      logged.push(message)
    }
    const health = new StoreHealth({
      clock: testClock('2026-03-10T12:00:00Z'),
      log: { info: log, warn: log, error: log },
    })
    const db = health.watched({
      kind: 'postgres',
      query: async (text: string) => {
        asked.push(text)
        if (fails.with && text !== 'select 1') throw fails.with
        return []
      },
    } as unknown as Database)
    return { asked, fails, logged, db, ready: () => health.ready(db) }
  }

  it('reads, and writes nothing, while nothing has failed', async () => {
    const { asked, ready } = store()
    await ready()
    expect(asked).toEqual(['select 1'])
  })

  it('probes with a write after a failure, until one succeeds, and reports it once', async () => {
    const { asked, db, fails, logged, ready } = store()
    fails.with = failed('53100')
    for (let n = 0; n < 3; n++) {
      await expect(db.query('insert into somewhere', [])).rejects.toBe(fails.with)
    }
    for (let n = 0; n < 2; n++) {
      await expect(ready()).rejects.toMatchObject({ code: 'unavailable', message: NO_ROOM })
    }
    expect(logged).toEqual(['the store cannot do its work'])
    expect(asked).not.toContain('select 1')
    fails.with = undefined
    await ready()
    await ready()
    expect(logged).toEqual(['the store cannot do its work', 'the store can do its work again'])
    expect(asked.at(-1)).toBe('select 1')
  })

  it('survives the fault of a single statement', async () => {
    const { asked, db, fails, ready } = store()
    fails.with = failed('23505')
    await expect(db.query('insert into somewhere', [])).rejects.toBe(fails.with)
    await ready()
    expect(asked.at(-1)).toBe('select 1')
  })
})
