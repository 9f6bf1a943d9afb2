import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Journal, type JournalParts } from '../../src/journal/journal.ts'
import { scan } from '../../src/journal/scan.ts'
import type { Place } from '../../src/journal/segments.ts'
import { type TestClock, testClock } from '../../src/testing/test-clock.ts'
import { eventually } from '../setup/eventually.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { failingDisk, systemError } from './failing-disk.ts'

const newFolder = temporaryFolders()

const openOne = async (more: Partial<JournalParts<string>> = {}) => {
  const folder = newFolder()
  const disk = failingDisk()
  const clock = testClock('2026-01-15T12:00:00Z')
  const logged: string[] = []
  const log = (_fields: object, message: string) => void logged.push(message.split(':')[0] ?? '')
  const kept = new Map<string, Place>()
  const journal = await Journal.open<string>({
    files: disk,
    folder,
    heading: '{}',
    lines: { write: (entry, to) => to.quoted(entry), begin: () => {} },
    onKept: (entry, place) => void kept.set(entry, place),
    after: clock.after,
    nowMs: () => clock.now().getTime(),
    log: { warn: log, error: log },
    maxBytes: 1024 * 1024,
    ...more,
  })
  /** The records that the next process would find. */
  const found = () =>
    readdirSync(folder)
      .sort()
      .flatMap((name) => scan(readFileSync(join(folder, name))).lines)
      .map((line) => JSON.parse(line) as string)
  return { journal, disk, clock, logged, kept, found, folder }
}

describe('the journal', () => {
  it('writes the records of one turn together, before it confirms them', async () => {
    const { journal, disk, kept, found } = await openOne()
    const writes = disk.writes
    const answers = ['a', 'b', 'c'].map((entry) => journal.keep(entry, 'written'))
    expect(found()).toEqual([])
    expect(await Promise.all(answers)).toEqual([true, true, true])
    expect(disk.writes).toBe(writes + 1)
    expect(found()).toEqual(['a', 'b', 'c'])
    expect([...kept.keys()]).toEqual(['a', 'b', 'c'])
    await journal.close()
  })

  it('confirms a synced record only after the sync, with one sync for all waiting callers', async () => {
    const { journal, disk, kept, found } = await openOne()
    let open = () => {}
    disk.gate = new Promise((resolve) => {
      open = resolve
    })
    const syncs = disk.syncs
    let answered = 0
    const answers = ['a', 'b'].map((entry) =>
      journal.keep(entry, 'synced').then((is) => {
        answered += 1
        return is
      }),
    )
    await journal.keep('c', 'written')
    expect(found().sort()).toEqual(['a', 'b', 'c'])
    expect([answered, [...kept.keys()]]).toEqual([0, ['c']])
    open()
    expect(await Promise.all(answers)).toEqual([true, true])
    expect(disk.syncs).toBe(syncs + 1)
    await journal.close()
  })

  it('syncs other records a few milliseconds later', async () => {
    const { journal, disk, clock } = await openOne()
    await journal.keep('a', 'written')
    const syncs = disk.syncs
    await clock.advance(4)
    expect(disk.syncs).toBe(syncs)
    expect(journal.state.unsyncedMs).toBe(4)
    await clock.advance(1)
    await journal.sync()
    expect(disk.syncs).toBe(syncs + 1)
    expect(journal.state.unsyncedMs).toBe(0)
    await journal.close()
  })

  it('refuses what does not fit, accepts again once there is room, and loses nothing', async () => {
    const { journal, disk, clock, logged, found } = await openOne()
    await journal.keep('before', 'written')
    for (const room of [0, 1, 20, 30]) {
      disk.room = room
      const [written, synced] = [
        journal.keep('lost', 'written'),
        journal.keep('lost too', 'synced'),
      ]
      expect(await Promise.all([written, synced])).toEqual([false, false])
      expect(journal.isTaking).toBe(false)
      expect(found().filter((entry) => entry.startsWith('lost'))).toEqual([])
      // There is still no room, so nothing changes.
      await clock.advance(1_000)
      expect(journal.state).toMatchObject({ status: 'failing', lastError: { message: 'ENOSPC' } })
      disk.room = Number.POSITIVE_INFINITY
      await expectTaking(journal, clock)
      expect(await journal.keep(`after ${room}`, 'written')).toBe(true)
    }
    expect(found()).toEqual(['before', 'after 0', 'after 1', 'after 20', 'after 30'])
    expect(new Set(logged)).toEqual(new Set(['journal.failing', 'journal.resumed']))
    await journal.close()
  })

  it('confirms nothing after a failed sync, and begins a new file', async () => {
    const { journal, disk, clock, kept, found, folder } = await openOne()
    await journal.keep('a', 'written')
    disk.syncError = systemError('EIO')
    expect(await journal.keep('b', 'synced')).toBe(false)
    expect([...kept.keys()]).toEqual(['a'])
    expect(await journal.keep('c', 'written')).toBe(false)
    disk.syncError = undefined
    await expectTaking(journal, clock)
    expect(await journal.keep('d', 'synced')).toBe(true)
    expect(found().filter((entry) => entry !== 'b')).toEqual(['a', 'd'])
    // The untrusted file is deleted as soon as its records are in the books.
    expect(readdirSync(folder)).toHaveLength(2)
    kept.get('a')?.applied()
    expect(journal.state.waiting).toBe(1)
    kept.get('d')?.applied()
    expect(await journal.close()).toBe(true)
    expect(readdirSync(folder)).toEqual([])
  })

  it('accepts no more than its bound, and more once records are in the books', async () => {
    const { journal, clock, kept, logged, found } = await openOne({ maxBytes: 64 * 1024 })
    const entry = (n: number) => `${n} ${'x'.repeat(1_000)}`
    let taken = 0
    while (await journal.keep(entry(taken), 'written')) taken += 1
    expect(journal.state).toMatchObject({ status: 'full', waiting: taken })
    expect(journal.state.bytes).toBeLessThan(80 * 1024)
    expect(found()).toHaveLength(taken)
    for (const place of kept.values()) place.applied()
    await expectTaking(journal, clock)
    expect(await journal.keep(entry(taken), 'written')).toBe(true)
    expect(logged).toEqual(['journal.full', 'journal.resumed'])
    await journal.close()
  })

  it('bounds its files, and deletes each once all its records are in the books', async () => {
    const { journal, kept, folder } = await openOne({ maxBytes: 160 * 1024 })
    for (let n = 0; n < 100; n++) {
      await journal.keep(`${n} ${'x'.repeat(1_000)}`, 'synced')
      kept.get(`${n} ${'x'.repeat(1_000)}`)?.applied()
    }
    expect(readdirSync(folder).length).toBeLessThan(4)
    expect(await journal.close()).toBe(true)
  })

  it('keeps little of the recorded events, however long it runs', async () => {
    const { journal, kept, clock } = await openOne({ maxBytes: 64 * 1024 * 1024 })
    const entry = 'x'.repeat(100_000)
    for (let n = 0; n < 40; n++) {
      expect(await journal.keep(entry, 'written')).toBe(true)
      kept.get(entry)?.applied()
      await eventually(() => expect(journal.state.bytes).toBeLessThan(1_400_000))
    }
    await clock.advance(10)
    expect(await journal.close()).toBe(true)
  })

  it('keeps unrecorded events when it closes', async () => {
    const { journal, found } = await openOne()
    await journal.keep('a', 'written')
    expect(await journal.close()).toBe(false)
    expect(found()).toEqual(['a'])
    expect(await journal.keep('b', 'written')).toBe(false)
  })
})

/** It retries once a second. */
const expectTaking = (journal: Journal<string>, clock: TestClock): Promise<void> =>
  eventually(async () => {
    await clock.advance(1_000)
    expect(journal.isTaking).toBe(true)
  })
