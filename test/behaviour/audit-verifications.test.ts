import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { AuditVerificationRun } from '../../src/contract/audit.ts'
import { eventually } from '../setup/eventually.ts'
import { withoutGuards } from '../storage/audit-chains.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('a requested verification of the audit log', (subject) => {
  const ended = (id: string): Promise<AuditVerificationRun> =>
    eventually(async () => {
      await subject().clock.advance(0)
      const run = await subject().tollgate.audit.verification({ verificationId: id })
      expect(run.outcome).not.toBe('running')
      return run
    })
  const verified = async (organizationIds?: (string | null)[]) => {
    const begun = await subject().tollgate.audit.verify(organizationIds ? { organizationIds } : {})
    expect(begun).toMatchObject({ outcome: 'running', result: null, finishedAt: null })
    return ended(begun.id)
  }
  const organization = async () => {
    const organizationId = await subject().organization('rag-chatbot/trial')
    for (const action of ['document.added', 'document.changed', 'document.removed']) {
      const said = { category: 'knowledge_base', action, subject: `document:${action}` } as const
      await subject().tollgate.audit.append({ organizationId, ...said, actor: 'user:Ada' })
    }
    return organizationId
  }

  it('counts the entries it recomputed, in all chains or in the named ones', async () => {
    const id = await organization()
    const { db, tollgate } = subject()
    const countOf = async (where: string) => {
      const [row] = await db.query<{ entries: string; chains: string }>(
        `select count(*) as entries, count(distinct organization_id) as chains
         from tollgate.audit_events where ${where}`,
        [],
      )
      return { entries: Number(row?.entries), chains: Number(row?.chains) }
    }
    const own = await verified([id])
    expect(own).toMatchObject({
      outcome: 'done',
      organizationIds: [id],
      error: null,
      result: {
        whole: true,
        faultsInAll: 0,
        faults: [],
        missingGuards: [],
        changedGuards: [],
        ...(await countOf(`organization_id = '${id}'`)),
      },
    })
    const counted = own.result?.entries
    expect(own.progress).toEqual({ entries: counted, total: counted })
    // The platform's chain already contains the start of this verification.
    const all = await verified()
    expect(all.organizationIds).toBeNull()
    expect(all.result).toMatchObject({ whole: true, ...(await countOf('true')) })
    const { items } = await tollgate.audit.verifications()
    expect(items.slice(0, 2)).toEqual([all, own])
    expect((await tollgate.audit.verifications({ limit: 1 })).items).toEqual([all])
  })

  it('reports the head of each chain, which commits to all earlier entries', async () => {
    const id = await organization()
    const { db, tollgate } = subject()
    const [head] = (await tollgate.audit.heads({ organizationId: id })).items
    const rows = await db.query<{ entry: string; sequence: bigint }>(
      'select entry, sequence from tollgate.audit_events where organization_id = $1 order by sequence',
      [id],
    )
    let hash = Buffer.alloc(32)
    for (const { entry } of rows) {
      hash = createHash('sha256').update(hash).update(entry).digest()
    }
    expect(head).toMatchObject({
      organizationId: id,
      hash: hash.toString('hex'),
      sequence: Number(rows.at(-1)?.sequence),
    })
    const heads: (string | null)[] = []
    for await (const { organizationId } of tollgate.audit.heads({ limit: 2 })) {
      heads.push(organizationId)
    }
    expect(heads[0]).toBeNull()
    expect(heads).toContain(id)
    expect(new Set(heads).size).toBe(heads.length)
    expect((await tollgate.audit.heads({ organizationId: 'nobody' })).items).toEqual([])
  })

  it('can be found by its chains and by any part of its result', async () => {
    const organizationId = await organization()
    const { tollgate } = subject()
    const actionsOf = async (filter: { subject?: string; text?: string }) =>
      (await tollgate.audit.list({ organizationId, ...filter })).items.map(({ action }) => action)
    expect(await actionsOf({ subject: 'document:document.added' })).toEqual(['document.added'])
    expect(await actionsOf({ subject: 'document:document.*' })).toEqual([
      'document.removed',
      'document.changed',
      'document.added',
    ])
    expect(await actionsOf({ subject: 'document:document.%' })).toEqual([])
    expect(await actionsOf({ text: 'DOCUMENT.CHANGED' })).toEqual(['document.changed'])
    expect(await actionsOf({ text: 'user:ada' })).toHaveLength(3)
    expect(await actionsOf({ text: 'user:_da' })).toEqual([])
  })

  it('is found only by its own id, and fails for an unknown chain', async () => {
    const { tollgate } = subject()
    const none = { code: 'not_found' }
    for (const verificationId of ['x', 'doctor_2026-03-10T12:00:00.000Z']) {
      await expect(tollgate.audit.verification({ verificationId })).rejects.toMatchObject(none)
    }
    const cursor = tollgate.audit.verifications({ cursor: 'doctor_2026-03-10T12:00:00.000Z' })
    await expect(cursor).rejects.toMatchObject({ faults: [{ field: 'cursor' }] })
    const failed = await verified(['nobody'])
    expect(failed).toMatchObject({ outcome: 'failed', result: null })
    expect(failed.error).toContain('there is no audit log of "nobody"')
  })

  it('names the entry that the database owner changed', async () => {
    const [id, whole] = [await organization(), await organization()]
    const { db } = subject()
    await withoutGuards(db)
    await db.query(
      `update tollgate.audit_events set entry = replace(entry, 'user:Ada', 'user:Eve')
       where organization_id = $1 and sequence = 3`,
      [id],
    )
    const { result } = await verified()
    expect(result).toMatchObject({ whole: false, faultsInAll: 1 })
    expect(result?.faults).toMatchObject([{ organizationId: id, sequence: 3, fault: 'altered' }])
    expect(result?.missingGuards).not.toEqual([])
    expect((await verified([whole])).result?.faults).toEqual([])
  })
})
