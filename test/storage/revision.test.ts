import { beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { organizationRevision, platformRevision } from '../../src/storage/revision.ts'
import { lockOrganizations } from '../../src/storage/tables/organizations.ts'
import { testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

describeOnEachDatabase('a revision', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
    const tollgate = await createTollgate({
      database: db,
      clock: testClock('2026-03-10T12:00:00Z'),
    })
    for (const id of ['one', 'two']) {
      await tollgate.organizations.create({ id, name: id, plan: 'ai-workspace/starter' })
    }
  })

  const seen = async () => ({
    one: await organizationRevision(db, 'one'),
    two: await organizationRevision(db, 'two'),
    platform: await platformRevision(db),
  })

  it('is equal as long as nothing is written, and undefined for no organization', async () => {
    expect(await seen()).toEqual(await seen())
    expect(await organizationRevision(db, 'nobody')).toBeUndefined()
  })

  it('is another after each lock, of that organization and of the platform alone', async () => {
    const all = [await seen()]
    for (const id of ['one', 'one', 'two', 'one', 'two']) {
      await db.transaction((tx) => lockOrganizations(tx, [id]))
      const before = all.at(-1)
      const now = await seen()
      const other = id === 'one' ? 'two' : 'one'
      expect(now[other]).toEqual(before?.[other])
      expect(now[id as 'one']?.revision).not.toBe(before?.[id as 'one']?.revision)
      // Locks do not change the row itself.
      expect(now[id as 'one']?.rowVersion).toBe(before?.[id as 'one']?.rowVersion)
      all.push(now)
    }
    expect(new Set(all.map(({ platform }) => platform)).size).toBe(all.length)
  })

  it('has another version of the row after each update of it', async () => {
    const before = await seen()
    await db.query(`update tollgate.organizations set warn_percent = 70 where id = 'one'`)
    const now = await seen()
    expect(now.one?.rowVersion).not.toBe(before.one?.rowVersion)
    expect(now.one?.revision).not.toBe(before.one?.revision)
    expect(now.platform).not.toBe(before.platform)
    expect(now.two).toEqual(before.two)
  })
})
