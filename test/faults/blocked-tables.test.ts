import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate, type TollgateEngine } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateCatalog } from './gate-configurations.ts'

const REPORTS = 25
const CALL_TIMEOUT_MS = 1_000

describeOnPostgres('while another client locks a table', (open, url) => {
  let tollgate: TollgateEngine
  let other: Database
  beforeAll(async () => {
    other = await open()
    tollgate = await createTollgate({
      database: { url: url() },
      catalogs: [{ document: gateCatalog, origin: 'test/faults' }],
      callTimeoutMs: CALL_TIMEOUT_MS,
    })
    for (const id of ['acme', 'other']) {
      await tollgate.organizations.create({ id, name: id, plan: 'gate/roomy' })
    }
  })
  afterAll(() => tollgate?.close())

  const codeOf = (call: PromiseLike<unknown>): PromiseLike<unknown> =>
    call.then(
      () => 'answered',
      ({ code }: { code: unknown }) => code,
    )

  it('every call ends, and reports leave connections for unaffected calls', async () => {
    const organizationId = 'acme'
    const event = { organizationId, eventType: 'use', quantities: { units: 1 } }
    const order: string[] = []
    const stuck: PromiseLike<unknown>[] = []
    await other.transaction(async (tx) => {
      await tx.query('lock table tollgate.events in access exclusive mode', [])
      for (let n = 0; n < REPORTS; n++) {
        stuck.push(codeOf(tollgate.usage.history({ organizationId, limit: 1 + n })))
      }
      stuck.push(codeOf(tollgate.record({ ...event, id: 'stuck' })))
      for (const one of stuck) void one.then(() => order.push('stuck'))
      const key = await tollgate.apiKeys.create({ organizationId: 'other', name: 'ops' })
      order.push('key')
      expect(key.id).toBeDefined()
      expect(await Promise.all(stuck)).toEqual(stuck.map(() => 'unavailable'))
    })
    expect(order[0]).toBe('key')
    const { events } = await tollgate.usage.history({ organizationId })
    expect(events.length).toBeLessThanOrEqual(1)
    await tollgate.record({ ...event, id: 'stuck' })
    expect((await tollgate.usage.current({ organizationId })).month.events).toBe(1)
  })
})
