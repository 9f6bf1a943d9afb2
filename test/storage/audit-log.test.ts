import { beforeAll, expect, it } from 'vitest'
import { searchedPage } from '../../src/engine/audit-log/list-audit.ts'
import { trimAudit } from '../../src/engine/audit-log/trim-audit.ts'
import { verifyAudit } from '../../src/engine/audit-log/verify-audit.ts'
import type { Database } from '../../src/storage/database.ts'
import { chainHeads, trimChain } from '../../src/storage/tables/audit-chains.ts'
import {
  type AuditFilter,
  appendAuditEvents,
  auditPage,
  searchFloor,
} from '../../src/storage/tables/audit-events.ts'
import { auditGuards } from '../../src/storage/tables/audit-guards.ts'
import { testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase, describeOnPostgres } from '../setup/substrates.ts'
import { act, anchorOf, append, chainMaker, faultOf, openChains, start } from './audit-chains.ts'

const DAY_MS = 86_400_000

describeOnEachDatabase('the audit log', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
  })
  const { chain } = chainMaker(() => db)

  const entriesOf = (id: string) => auditPage(db, id, {}, { before: 1_000, limit: 1_000 })

  it("gives each entry its place in its organization's chain, in act order", async () => {
    const acts = ['b', 'a', null, 'b', 'a', 'b'].map((id) => ({
      act: act(id && `order-${id}`),
      at: new Date(start),
    }))
    expect(await appendAuditEvents(db, acts)).toEqual([1, 1, 1, 2, 2, 3])
    await openChains(db, 'order-a', 'order-b')
    for (const id of ['order-a', 'order-b', '']) expect(await faultOf(db, id)).toBeUndefined()
  })

  it('has the same values in its columns as in the hashed text', async () => {
    const id = await chain(3)
    const rows = await db.query(
      `select category, action, actor, occurred_at, resolves from tollgate.audit_events
       where organization_id = $1 and sequence = 2`,
      [id],
    )
    expect(rows).toEqual([
      {
        category: 'limits',
        action: 'limit.changed',
        actor: 'user:me',
        resolves: null,
        occurred_at: new Date(start + 1_000),
      },
    ])
  })

  it('accepts actors of any length, and finds them by the whole name', async () => {
    const long = Array.from({ length: 10_000 }, (_, n) => String.fromCharCode(0x4e00 + n)).join('')
    const at = new Date(start)
    await openChains(db, 'long')
    await appendAuditEvents(db, [
      { act: { ...act('long'), actor: long }, at },
      { act: { ...act('long'), actor: `${long}x` }, at },
    ])
    const page = { before: 1_000, limit: 10 }
    const [found, ...others] = await auditPage(db, 'long', { actor: `${long}x` }, page)
    expect(found?.sequence).toBe(2n)
    expect(others).toEqual([])
  })

  it('cannot be changed', async () => {
    await chain(3)
    for (const change of [
      'update tollgate.audit_events set entry = entry',
      'delete from tollgate.audit_events',
      'truncate tollgate.audit_events',
      `update tollgate.audit_heads set hash = sha256('x')`,
      'update tollgate.audit_heads set sequence = sequence - 1',
      'update tollgate.audit_heads set start_sequence = 1',
      `update tollgate.audit_heads set organization_id = organization_id || 'x'`,
      'delete from tollgate.audit_heads',
      'truncate tollgate.audit_heads',
    ]) {
      await expect(db.query(change), change).rejects.toMatchObject({ code: 'TG002' })
    }
    expect(await auditGuards(db)).toEqual({ missing: [], changed: [] })
  })

  it('refuses an entry with a wrong hash or place', async () => {
    const id = await chain(1)
    for (const [entry, hash] of [
      [`{"organizationId":"${id}","sequence":2,"action":"x"}`, `sha256('x')`],
      [`{"organizationId":"${id}","sequence":3,"action":"x"}`, 'null'],
      ['{"organizationId":"other","sequence":2,"action":"x"}', 'null'],
    ] as const) {
      const inserting = db.query(
        `insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
         values ($1, 2, '', $2, coalesce(${hash}, sha256(convert_to($2, 'UTF8'))))`,
        [
          id,
          `${entry.slice(0, -1)},"actor":"a","category":"b","occurredAt":"2026-01-01T00:00:00.000Z"}`,
        ],
      )
      await expect(inserting).rejects.toMatchObject({ code: '23514' })
    }
  })

  it('lets retention delete the oldest entries, and records the new start', async () => {
    const id = await chain(5)
    const before = new Date(start + 3_000)
    const [oldAnchor, at] = [(await entriesOf(id)).at(-1), new Date(start + 800 * DAY_MS)]
    expect(await trimChain(db, id, { before, most: 2, at, keepDays: 731 })).toBe(2)
    expect(await trimChain(db, id, { before, most: 100, at, keepDays: 731 })).toBe(1)
    expect(await trimChain(db, id, { before, most: 100, at, keepDays: 731 })).toBe(0)
    const [newest, ...others] = await entriesOf(id)
    expect(others.map(({ sequence }) => Number(sequence))).toEqual([6, 5, 4])
    expect(JSON.parse(newest?.entry ?? '')).toMatchObject({
      action: 'audit.trimmed',
      occurredAt: at.toISOString(),
      new: { startsAfter: 3, before: before.toISOString() },
    })
    await append(db, id, 2)
    const anchors = [
      { organizationId: id, sequence: 1, hash: oldAnchor?.hash ?? '' },
      await anchorOf(db, id),
    ]
    expect(await verifyAudit({ db }, { organizationIds: [id], anchors })).toMatchObject({
      entries: 6,
      faults: [],
      missingGuards: [],
      changedGuards: [],
      anchorsMatched: 1,
      anchorsPassed: 1,
    })
  })

  it('lets retention delete a whole old chain, except the entry about it', async () => {
    const id = await chain(3)
    const at = new Date(start + 2 * DAY_MS)
    const trim = { before: new Date(start + DAY_MS), most: 100, at, keepDays: 1 }
    expect(await trimChain(db, id, trim)).toBe(3)
    expect((await entriesOf(id)).map(({ sequence }) => Number(sequence))).toEqual([4])
    expect(await faultOf(db, id)).toBeUndefined()
    expect(await trimChain(db, 'no-such-chain', trim)).toBe(0)
  })

  it('never deletes what retention keeps, even from SQL', async () => {
    const id = await chain(3)
    for (const call of [
      `tollgate.trim_audit($1, now() + interval '1 day', 1000)`,
      `tollgate.trim_audit($1, now(), 1000)`,
      `tollgate.trim_audit($1, now() - interval '10 days', 1000, now(), 11)`,
      `tollgate.trim_audit($1, now() + interval '1 day', 1000, now(), -1)`,
    ]) {
      await expect(db.query(`select ${call}`, [id]), call).rejects.toMatchObject({ code: 'TG002' })
    }
    expect(await entriesOf(id)).toHaveLength(3)
  })

  it('applies retention to every chain with old entries', async () => {
    const [old, young] = [await chain(3), await chain(1)]
    await append(db, young, 2, start + 700 * DAY_MS)
    const clock = testClock(new Date(start + 740 * DAY_MS))
    await trimAudit({ db, clock }, 731)
    expect(await entriesOf(old)).toHaveLength(1)
    expect(await entriesOf(young)).toHaveLength(3)
    expect(await trimAudit({ db, clock }, 731)).toBe(0)
    const heads = await chainHeads(db, { after: undefined, limit: 1_000 })
    const { chains, faults } = await verifyAudit({ db })
    expect({ chains, faults }).toEqual({ chains: heads.length, faults: [] })
  })

  it('reports the chain of an organization that the platform never created', async () => {
    const id = await chain(2)
    await append(db, 'invented', 3)
    expect((await verifyAudit({ db })).faults).toEqual([
      expect.objectContaining({ organizationId: 'invented', fault: 'nobody' }),
    ])
    expect(await faultOf(db, 'invented')).toMatchObject({ sequence: 1, fault: 'nobody' })
    expect(await faultOf(db, id)).toBeUndefined()
    await openChains(db, 'invented')
    expect((await verifyAudit({ db })).faults).toEqual([])
  })

  it('still knows the created organizations after retention deleted their entries, any number of times', async () => {
    const ids = [await chain(1), await chain(1)]
    for (const days of [800, 1_600, 2_400]) {
      const clock = testClock(new Date(start + days * DAY_MS))
      expect(await trimAudit({ db, clock }, 731)).toBeGreaterThan(0)
      const { faults, changedGuards } = await verifyAudit(
        { db },
        { organizationIds: [null, ...ids] },
      )
      expect({ faults, changedGuards }).toEqual({ faults: [], changedGuards: [] })
    }
    const carried = await auditPage(
      db,
      '',
      { action: 'audit.chains_carried' },
      { before: 1_000, limit: 10 },
    )
    expect(carried).toHaveLength(1)
    expect(JSON.parse(carried[0]?.entry ?? '').new.organizations).toEqual(
      expect.arrayContaining(ids),
    )
  })

  it('reports the progress of a verification, and pages through all chains', async () => {
    const id = await chain(1)
    await append(db, id, 12_000)
    const seen: number[] = []
    const { entries } = await verifyAudit(
      { db },
      { organizationIds: [id], onProgress: (done, total) => seen.push(done / total) },
    )
    expect(entries).toBe(12_001)
    expect(seen.at(-1)).toBe(1)
    expect(seen.length).toBeGreaterThan(2)
    expect(await faultOf(db, id, [await anchorOf(db, id)])).toBeUndefined()
  })
})

describeOnEachDatabase('a search of the audit log', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
    await append(db, 'searched', 40)
  })

  /** All pages of a search that reads so many entries for each. */
  const pagesOf = async (filter: AuditFilter, most: number, limit: number) => {
    const pages: (readonly number[])[] = []
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const floor = await searchFloor(db, 'searched', filter, { before, most })
      const rows = await auditPage(db, 'searched', filter, { before, floor, limit: limit + 1 })
      const { items, nextCursor } = searchedPage({ rows, floor }, limit)
      pages.push(items.map(({ sequence }) => sequence))
      if (nextCursor === null) return pages
      before = Number(nextCursor)
    }
  }

  it('reads so many entries for a page at most, and goes on where it stopped', async () => {
    expect(await pagesOf({ subject: 'thing:7' }, 10, 5)).toEqual([[], [], [], [7], []])
    expect(await pagesOf({ text: 'THING:3' }, 12, 50)).toEqual([
      [39, 38, 37, 36, 35, 34, 33, 32, 31, 30],
      [],
      [],
      [3],
    ])
  })

  it('finds each match once, whatever it reads for a page and however many it shows', async () => {
    const matching = [39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 3]
    for (const most of [1, 2, 7, 12, 40, 1_000]) {
      for (const limit of [1, 3, 10, 50]) {
        const pages = await pagesOf({ text: '"thing:3' }, most, limit)
        expect(pages.flat()).toEqual(matching)
        expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(limit)
      }
    }
  })

  it('counts only what the other filters leave, so rare entries are all read at once', async () => {
    await appendAuditEvents(db, [
      { act: { ...act('searched', 'thing:rare'), action: 'limit.removed' }, at: new Date(start) },
    ])
    await append(db, 'searched', 30)
    const filter = { action: 'limit.removed', text: 'rare' }
    expect(await pagesOf(filter, 10, 5)).toEqual([[41]])
  })
})

describeOnPostgres('an audit log with several writers', (open) => {
  it('has no gap and no fork after concurrent appends to the same chains', async () => {
    const writers = await Promise.all(Array.from({ length: 4 }, open))
    const chains = ['x', 'y', null]
    await Promise.all(
      writers.flatMap((db) =>
        Array.from({ length: 25 }, (_, turn) => {
          const asked = turn % 2 === 0 ? chains : chains.toReversed()
          return db.transaction((tx) =>
            appendAuditEvents(
              tx,
              asked.map((id) => ({ act: act(id), at: new Date(start) })),
            ),
          )
        }),
      ),
    )
    const [db] = writers as [Database]
    await openChains(db, 'x', 'y')
    const verified = await verifyAudit({ db })
    expect(verified).toMatchObject({ chains: 3, entries: 302, faults: [] })
  })

  it('is found intact during concurrent appends and retention', async () => {
    const [db, writer, trimmer] = (await Promise.all([open(), open(), open()])) as [
      Database,
      Database,
      Database,
    ]
    await openChains(db, 'busy')
    await append(db, 'busy', 20_000)
    let isVerified = false
    const writing = (async () => {
      while (!isVerified) await append(writer, 'busy', 50)
    })()
    const trimming = (async () => {
      const at = new Date(start + 2 * DAY_MS)
      const trim = { before: new Date(start + 15_000_000), most: 1_000, at, keepDays: 1 }
      while (!isVerified && (await trimChain(trimmer, 'busy', trim)) > 0);
    })()
    for (let round = 0; round < 5; round += 1) expect(await faultOf(db, 'busy')).toBeUndefined()
    isVerified = true
    await Promise.all([writing, trimming])
  })
})
