import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { chainHeads, trimChain } from '../../src/storage/tables/audit-chains.ts'
import { missingAuditGuards } from '../../src/storage/tables/audit-guards.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { anchorOf, append, chainMaker, faultOf, start, withoutGuards } from './audit-chains.ts'

const LENGTH = 8
const DAY_MS = 86_400_000
/** The tried positions of each kind, besides those in the property itself. */
const RUNS = { numRuns: 6 }

/** An entry's text with another actor; its place and chain stay. */
const FORGED = `replace(entry, '"actor":"user:me"', '"actor":"user:you"')`
const HASHED = `sha256(previous_hash || convert_to(entry, 'UTF8'))`

describeOnEachDatabase('an audit chain that its database owner tampers with', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
    await withoutGuards(db)
  })
  const { chain } = chainMaker(() => db)

  /** Does this to a new chain at some places, and checks the found fault each time. */
  const tamper = (
    places: readonly [least: number, most: number],
    does: (chain: string, place: number) => Promise<void>,
    wanted: (place: number) => object | undefined,
  ) =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: places[0], max: places[1] }), async (place) => {
        const id = await chain(LENGTH)
        await does(id, place)
        const fault = wanted(place)
        if (fault === undefined) expect(await faultOf(db, id)).toBeUndefined()
        else expect(await faultOf(db, id)).toMatchObject({ organizationId: id, ...fault })
      }),
      { ...RUNS, examples: [[places[0]], [places[1]]] },
    )

  const set = (id: string, sequence: number, change: string) =>
    db.query(
      `update tollgate.audit_events set ${change} where organization_id = $1 and sequence = $2`,
      [id, sequence],
    )

  const setHead = (id: string, change: string, place: number) =>
    db.query(
      `update tollgate.audit_heads h set ${change}
       from tollgate.audit_events e
       where h.organization_id = $1 and e.organization_id = $1 and e.sequence = $2`,
      [id, place],
    )

  const remove = (id: string, condition: string, place: number) =>
    db.query(
      `delete from tollgate.audit_events where organization_id = $1 and sequence ${condition} $2`,
      [id, place],
    )

  /** Rewrites the entries from a place on, each linked to the previous one, and the head. */
  const rewrite = async (id: string, from: number) => {
    for (let sequence = from; sequence <= LENGTH; sequence += 1) {
      await db.query(
        `update tollgate.audit_events e
         set entry = ${FORGED},
             previous_hash = coalesce((select p.hash from tollgate.audit_events p
               where p.organization_id = $1 and p.sequence = $2::bigint - 1), e.previous_hash)
         where e.organization_id = $1 and e.sequence = $2`,
        [id, sequence],
      )
      await set(id, sequence, `hash = ${HASHED}`)
    }
    await setHead(id, 'hash = e.hash', LENGTH)
  }

  it('has no guards, and the verification names them', async () => {
    expect(await missingAuditGuards(db)).toHaveLength(8)
  })

  it('reveals an edited entry', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => void (await set(id, place, `entry = ${FORGED}`)),
      (sequence) => ({ sequence, fault: 'altered' }),
    ))

  it('reveals an entry edited together with its hash', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => {
        await set(id, place, `entry = ${FORGED}`)
        await set(id, place, `hash = ${HASHED}`)
      },
      (sequence) => ({ sequence, fault: sequence === LENGTH ? 'head' : 'altered' }),
    ))

  it("reveals an entry edited together with its hash and its neighbours' links", () =>
    tamper(
      [1, LENGTH - 2],
      async (id, place) => {
        await set(id, place, `entry = ${FORGED}`)
        await set(id, place, `hash = ${HASHED}`)
        await db.query(
          `update tollgate.audit_events n set previous_hash = e.hash
           from tollgate.audit_events e
           where n.organization_id = $1 and e.organization_id = $1 and e.sequence = $2
             and n.sequence = $2::bigint + 1`,
          [id, place],
        )
        await set(id, place + 1, `hash = ${HASHED}`)
      },
      (sequence) => ({ sequence: sequence + 1, fault: 'altered' }),
    ))

  it('reveals an entry deleted in the middle', () =>
    tamper(
      [1, LENGTH - 1],
      async (id, place) => void (await remove(id, '=', place)),
      (sequence) => ({ sequence, fault: 'missing' }),
    ))

  it('reveals a deleted entry, even if later entries and the head moved up', () =>
    tamper(
      [1, LENGTH - 1],
      async (id, place) => {
        await remove(id, '=', place)
        await db.query(
          `update tollgate.audit_events set sequence = sequence - 1
           where organization_id = $1 and sequence > $2`,
          [id, place],
        )
        await setHead(id, 'sequence = h.sequence - 1', LENGTH - 1)
      },
      (sequence) => ({ sequence, fault: 'missing' }),
    ))

  it('reveals two swapped entries', () =>
    tamper(
      [1, LENGTH - 3],
      async (id, place) => {
        await db.query(
          `update tollgate.audit_events
           set sequence = case sequence when $2 then $2::bigint + 3 else $2 end
           where organization_id = $1 and sequence in ($2, $2::bigint + 3)`,
          [id, place],
        )
      },
      (sequence) => ({ sequence, fault: 'out of order' }),
    ))

  it('reveals an inserted entry, even if later entries moved on', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => {
        const [taken] = await db.query<{ previous_hash: Uint8Array; entry: string }>(
          `select previous_hash, ${FORGED} as entry from tollgate.audit_events
           where organization_id = $1 and sequence = $2`,
          [id, place],
        )
        await db.query(
          `update tollgate.audit_events set sequence = sequence + 1
           where organization_id = $1 and sequence >= $2`,
          [id, place],
        )
        await insert(id, place, taken?.previous_hash, taken?.entry)
      },
      (sequence) => ({ sequence, fault: 'inserted' }),
    ))

  it('reveals an entry added beside another, or after the last', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => {
        await db.query(
          `insert into tollgate.audit_events
             (organization_id, sequence, previous_hash, entry, hash)
           select organization_id, sequence, previous_hash, ${FORGED},
                  sha256(previous_hash || convert_to(${FORGED}, 'UTF8'))
           from tollgate.audit_events where organization_id = $1 and sequence = $2`,
          [id, place],
        )
      },
      (sequence) => ({ sequence, fault: 'inserted' }),
    ))

  it('reveals an entry linked to the last one without a new head', async () => {
    const id = await chain(LENGTH)
    const [last] = await db.query<{ hash: Uint8Array; entry: string }>(
      `select hash, replace(entry, '"sequence":${LENGTH},', '"sequence":${LENGTH + 1},') as entry
       from tollgate.audit_events where organization_id = $1 and sequence = $2`,
      [id, LENGTH],
    )
    await insert(id, LENGTH + 1, last?.hash, last?.entry)
    expect(await faultOf(db, id)).toMatchObject({ sequence: LENGTH + 1, fault: 'inserted' })
  })

  const insert = (id: string, sequence: number, previous: unknown, entry: unknown) =>
    db.query(
      `insert into tollgate.audit_events (organization_id, sequence, previous_hash, entry, hash)
       values ($1, $2, $3::bytea, $4::text, sha256($3::bytea || convert_to($4::text, 'UTF8')))`,
      [id, sequence, previous, entry],
    )

  it('reveals a truncated end', () =>
    tamper(
      [0, LENGTH - 1],
      async (id, place) => void (await remove(id, '>', place)),
      (kept) => ({ sequence: kept + 1, fault: 'truncated' }),
    ))

  it('reveals a changed head', async () => {
    await tamper(
      [1, LENGTH - 1],
      async (id, place) => void (await setHead(id, 'sequence = e.sequence, hash = e.hash', place)),
      (place) => ({ sequence: place + 1, fault: 'inserted' }),
    )
    await tamper(
      [1, LENGTH],
      async (id, place) =>
        void (await setHead(id, `sequence = e.sequence, hash = sha256('x')`, place)),
      (sequence) => ({ sequence, fault: 'head' }),
    )
    await tamper(
      [1, LENGTH],
      async (id, by) => void (await setHead(id, `sequence = h.sequence + e.sequence`, by)),
      () => ({ sequence: LENGTH + 1, fault: 'truncated' }),
    )
    await tamper(
      [1, LENGTH],
      async (id) => {
        await db.query('delete from tollgate.audit_heads where organization_id = $1', [id])
      },
      () => ({ sequence: LENGTH, fault: 'head' }),
    )
  })

  it('reveals a moved start, with or without the earlier entries', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => {
        await setHead(id, 'start_sequence = e.sequence, start_hash = e.hash', place)
        if (place % 2 === 0) await remove(id, '<=', place)
      },
      (sequence) => ({ sequence, fault: 'head' }),
    ))

  it('needs an anchor to reveal an end that was truncated and rewritten', () =>
    tamper(
      [1, LENGTH - 1],
      async (id, place) => {
        const anchor = await anchorOf(db, id)
        await remove(id, '>', place)
        await setHead(id, 'sequence = e.sequence, hash = e.hash', place)
        // Shorter than before, equally long, or longer.
        await append(db, id, place, 0)
        const written = await anchorOf(db, id)
        const sequence = Math.min(LENGTH, written.sequence + 1)
        expect(await faultOf(db, id, [anchor])).toMatchObject({ sequence, fault: 'anchor' })
      },
      () => undefined,
    ))

  it('needs an anchor to reveal a chain rewritten from some place on', () =>
    tamper(
      [1, LENGTH],
      async (id, place) => {
        const anchor = await anchorOf(db, id)
        await rewrite(id, place)
        expect(await faultOf(db, id, [anchor])).toMatchObject({ sequence: LENGTH, fault: 'anchor' })
      },
      () => undefined,
    ))

  it('needs an anchor to reveal a completely missing chain', async () => {
    const id = await chain(LENGTH)
    const anchor = await anchorOf(db, id)
    await remove(id, '>', 0)
    await db.query('delete from tollgate.audit_heads where organization_id = $1', [id])
    expect(await faultOf(db, id, [anchor])).toMatchObject({ sequence: 1, fault: 'anchor' })
    await expect(faultOf(db, id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('reveals entries moved to another chain', async () => {
    const [from, to] = [await chain(LENGTH), await chain(1)]
    await remove(to, '>', 0)
    await db.query(
      'update tollgate.audit_events set organization_id = $1 where organization_id = $2',
      [to, from],
    )
    expect(await faultOf(db, to)).toMatchObject({ sequence: 1, fault: 'inserted' })
    expect(await faultOf(db, from)).toMatchObject({ sequence: 1, fault: 'truncated' })
  })

  /** Deletes all but the newest entry like retention, records it, and adjusts the chain. */
  const trimAs = async (id: string, said: { before: string; at: string }) => {
    const at = new Date(start + 3 * DAY_MS)
    const before = new Date(start + DAY_MS)
    await trimChain(db, id, { before, most: 100, at, keepDays: 1 })
    await db.query(
      `update tollgate.audit_events
       set entry = replace(replace(entry, '"${before.toISOString()}"', '"' || $2::text || '"'),
                           '"${at.toISOString()}"', '"' || $3::text || '"')
       where organization_id = $1`,
      [id, said.before, said.at],
    )
    await db.query(`update tollgate.audit_events set hash = ${HASHED} where organization_id = $1`, [
      id,
    ])
    await db.query(
      `update tollgate.audit_heads h set hash = e.hash from tollgate.audit_events e
       where h.organization_id = $1 and e.organization_id = $1 and e.sequence = h.sequence`,
      [id],
    )
  }

  it('reveals that an anchor saw later entries than retention claims to have deleted', async () => {
    const id = await chain(LENGTH)
    const heads = await chainHeads(db, { after: undefined, limit: 1_000 })
    const anchors = heads.filter(({ organizationId }) => organizationId === id)
    await trimAs(id, { before: '2020-01-01T00:00:00.000Z', at: '2026-03-12T12:00:00.000Z' })
    expect(await faultOf(db, id)).toBeUndefined()
    expect(await faultOf(db, id, anchors)).toMatchObject({ fault: 'anchor', sequence: LENGTH })
    const other = await chain(LENGTH)
    const seen = await chainHeads(db, { after: undefined, limit: 1_000 })
    await trimAs(other, { before: '2026-03-11T12:00:00.000Z', at: '2026-03-12T12:00:00.000Z' })
    const own = seen.filter(({ organizationId }) => organizationId === other)
    expect(await faultOf(db, other, own)).toBeUndefined()
  })

  it('reveals that retention deleted what it claims to keep', async () => {
    const id = await chain(LENGTH)
    await trimAs(id, { before: '2026-03-11T12:00:00.001Z', at: '2026-03-12T12:00:00.000Z' })
    expect(await faultOf(db, id)).toMatchObject({ fault: 'trimmed', sequence: LENGTH + 1 })
  })
})
