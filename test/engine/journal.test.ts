import { cpSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import { createHandler } from '../../src/server.ts'
import type { Database } from '../../src/storage/database.ts'
import { gateOptions } from '../faults/gate-configurations.ts'
import { failingDisk } from '../journal/failing-disk.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const newFolder = temporaryFolders()

describeOnEachDatabase('an engine with a journal', (open) => {
  const logged: { message: string; fields: object }[] = []
  const log = (fields: object, message: string) => {
    if (message.startsWith('journal.')) logged.push({ message, fields })
  }
  const saidOf = (name: string) =>
    logged.filter(({ message }) => message.startsWith(`${name}:`)).map(({ fields }) => fields)
  let organizations = 0

  /** Leased and slow to record, so allowed calls are in the journal only. */
  const engineOn = async (db: Database, dir: string, more: EngineOptions = {}) => {
    const { catalogs } = gateOptions('', { name: '', options: {} })
    return createTollgate({
      // Read after the engine was closed and reopened.
      database: { ...db, close: async () => {} },
      ...(catalogs && { catalogs }),
      decide: 'leased',
      recorder: { flushAt: 1_000_000, flushAfterMs: 1_000_000_000 },
      journal: { dir },
      log: { info: log, warn: log, error: log },
      ...more,
    })
  }
  const newOrganization = async (tollgate: TollgateEngine): Promise<string> => {
    organizations += 1
    const id = `journaled-${organizations}`
    await tollgate.organizations.create({ id, name: id, plan: 'gate/capped' })
    return id
  }
  const use = (tollgate: TollgateEngine, organizationId: string) =>
    tollgate.track({ organizationId, eventType: 'use', quantities: { units: 1 } })
  /** Tracks calls on leases, and returns their ids. */
  const useTimes = async (tollgate: TollgateEngine, organizationId: string, times: number) => {
    const ids: string[] = []
    for (let call = 0; call < times; call++) {
      const decision = await use(tollgate, organizationId)
      expect(decision.allowed).toBe(true)
      ids.push(decision.decisionId)
    }
    return ids
  }
  const idsIn = async (db: Database, organizationId: string): Promise<string[]> => {
    const rows = await db.query<{ id: string }>(
      'select id from tollgate.events where organization_id = $1 order by id',
      [organizationId],
    )
    return rows.map(({ id }) => id)
  }
  /** The limit of 10,000 units: recorded and leased amounts. */
  const standing = async (db: Database, organizationId: string) => {
    const [row] = await db.query<{ used: number; leased: number }>(
      `select used::int, leased::int from tollgate.buckets
       where organization_id = $1 and meter = 'units' and window_name = 'period'`,
      [organizationId],
    )
    return row ?? { used: 0, leased: 0 }
  }
  /** A copy of the folder at this moment, as if its process had just been killed. */
  const leftIn = (dir: string): { dir: string; file: string } => {
    const copy = newFolder()
    cpSync(dir, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    const [folder = ''] = readdirSync(copy).filter((name) => name.startsWith('process-'))
    return { dir: copy, file: join(copy, folder, '0000000001.journal') }
  }
  /** An engine that allows this many calls and is killed, so it does none of its later work. */
  const killedAfter = async (calls: number) => {
    const db = await open()
    const dir = newFolder()
    const first = await engineOn(db, dir)
    const organizationId = await newOrganization(first)
    const ids = await useTimes(first, organizationId, calls)
    const left = leftIn(dir)
    logged.length = 0
    return { db, organizationId, ids: ids.sort(), left, first }
  }
  const expectWhole = async (tollgate: TollgateEngine) =>
    expect((await tollgate.admin.aggregate()).differences).toEqual([])

  it("records a killed process's allowed calls once, before it allows anything", async () => {
    const { db, organizationId, ids, left, first } = await killedAfter(20)
    expect(await idsIn(db, organizationId)).toEqual([])
    const before = await standing(db, organizationId)
    expect(before.used).toBe(0)
    const second = await engineOn(db, left.dir)
    expect(await idsIn(db, organizationId)).toEqual(ids)
    // On PostgreSQL the rest of a lease stays debited. An embedded database has only one owner.
    const leased = db.kind === 'postgres' ? before.leased - 20 : 0
    expect(await standing(db, organizationId)).toEqual({ used: 20, leased })
    expect(saidOf('journal.replayed')).toMatchObject([{ recorded: 20, duplicates: 0, refused: 0 }])
    await second.close()
    // The first engine was not really killed and sends its queue; this counts nothing more.
    await first.close()
    expect(await idsIn(db, organizationId)).toEqual(ids)
    const third = await engineOn(db, left.dir)
    await expectWhole(third)
    await third.close()
    expect(readdirSync(left.dir)).toEqual([])
  })

  it('truncates a torn write and logs it; its caller had no answer', async () => {
    const { db, organizationId, ids, left, first } = await killedAfter(5)
    truncateSync(left.file, readFileSync(left.file).length - 3)
    const second = await engineOn(db, left.dir)
    expect(await idsIn(db, organizationId)).toHaveLength(ids.length - 1)
    expect(saidOf('journal.torn')).toMatchObject([{ bytes: expect.any(Number) }])
    await second.close()
    await first.close()
  })

  it('moves damaged bytes aside, logs their position, and records the rest', async () => {
    const { db, organizationId, ids, left, first } = await killedAfter(5)
    const bytes = readFileSync(left.file)
    const at = Math.floor(bytes.length / 2)
    bytes[at] = (bytes[at] as number) ^ 0x10
    writeFileSync(left.file, bytes)
    const second = await engineOn(db, left.dir)
    expect(await idsIn(db, organizationId)).toHaveLength(ids.length - 1)
    const [said] = saidOf('journal.damaged') as {
      position: number
      bytes: number
      keptIn: string
    }[]
    expect(said?.position).toBeLessThanOrEqual(at)
    expect(readFileSync(said?.keptIn ?? '')).toEqual(
      bytes.subarray(said?.position, (said?.position ?? 0) + (said?.bytes ?? 0)),
    )
    expect(saidOf('journal.missing')).toMatchObject([{ records: 1 }])
    await second.close()
    await first.close()
  })

  it('started twice together recovers the records in one process, and counts them once', async () => {
    const { db, organizationId, ids, left, first } = await killedAfter(10)
    const both = await Promise.all([engineOn(db, left.dir), engineOn(db, left.dir)])
    await eventually(async () => expect(await idsIn(db, organizationId)).toEqual(ids))
    expect(saidOf('journal.replayed')).toMatchObject([{ recorded: 10 }])
    for (const engine of both) await engine.close()
    await first.close()
  })

  it("leaves another database's files alone", async () => {
    const { db, left, first } = await killedAfter(3)
    await db.query(`update tollgate.store set id = gen_random_uuid()`)
    const second = await engineOn(db, left.dir)
    expect(saidOf('journal.foreign')).toHaveLength(1)
    await second.close()
    expect(existsSync(left.file)).toBe(true)
    await first.close()
  })

  it('keeps records that the books refuse, for a person to check', async () => {
    const { db, organizationId, left, first } = await killedAfter(2)
    await first.organizations.close({ organizationId })
    logged.length = 0
    const second = await engineOn(db, left.dir)
    const [said] = saidOf('journal.refused') as { reason: string; keptIn: string }[]
    expect(said?.reason).toBe('unknown_organization')
    const kept = () =>
      readFileSync(said?.keptIn ?? '', 'utf8')
        .trim()
        .split('\n')
    await eventually(() => expect(kept()).toHaveLength(2))
    await second.close()
    await first.close()
  })

  it('sends calls to the store while the disk is full, and journals again afterwards', async () => {
    const db = await open()
    const disk = failingDisk()
    const tollgate = await engineOn(db, newFolder(), { journal: { dir: newFolder(), files: disk } })
    const organizationId = await newOrganization(tollgate)
    await useTimes(tollgate, organizationId, 3)
    disk.room = 0
    // The answer came only after it was in the books.
    const [id] = await useTimes(tollgate, organizationId, 1)
    expect(await idsIn(db, organizationId)).toContain(id)
    await tollgate.enqueue({ organizationId, eventType: 'call', id: 'queued' })
    expect(await idsIn(db, organizationId)).toContain('queued')
    const { journal } = await readiness(tollgate)
    expect(journal).toMatchObject({ status: 'failing', lastError: { message: 'ENOSPC' } })
    disk.room = Number.POSITIVE_INFINITY
    await eventually(async () =>
      expect((await readiness(tollgate)).journal).toMatchObject({ status: 'ok' }),
    )
    await eventually(async () => {
      const [leased] = await useTimes(tollgate, organizationId, 1)
      expect(await idsIn(db, organizationId)).not.toContain(leased)
    })
    await tollgate.flush()
    await expectWhole(tollgate)
    await tollgate.close()
  })

  const readiness = async (tollgate: TollgateEngine) => {
    const answer = await createHandler(tollgate, { adminKey: 'the-key-of-the-administrator' })(
      new Request('http://localhost/readyz'),
    )
    return (await answer.json()) as { journal?: object }
  }
})
