import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { testClock } from '../../src/testing/index.ts'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { runsOf } from '../behaviour/job-processes.ts'
import { childProcesses } from '../setup/child-process.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const PROCESS = new URL('./job-process.mjs', import.meta.url)
const FASTER = 10
const ORGANIZATIONS = times('JOB_KILL_ORGANIZATIONS', { short: 60, long: 300 })
const DAY_MS = 86_400_000

describeOnPostgres('a job of a process that is killed', (open, url) => {
  const start = childProcesses()
  let db: Database
  let tollgate: TollgateEngine
  beforeAll(async () => {
    db = await open()
    const clock = testClock(new Date(Date.now() - 40 * DAY_MS))
    tollgate = await createTollgate({ ...creditsOnly, database: await open(), clock })
    for (let n = 0; n < ORGANIZATIONS; n += 1) {
      const id = `org-${n}`
      await tollgate.organizations.create({ id, name: id, plan: 'hundred' })
    }
  })
  afterAll(() => tollgate.close())

  it('is done by another within 30 s of its clock, and nothing is done twice', async () => {
    const began = String(Date.now())
    const heir = start(PROCESS, url(), began, 'none')
    expect(await heir.next()).toBe('ready')
    const leader = start(PROCESS, url(), began, '*/20 * * * * *')
    expect(await leader.next()).toBe('ready')
    await until(async () => (await billed()).invoices > 0)
    leader.process.kill('SIGKILL')
    const killedAt = Date.now()
    await leader.ended
    const [left] = await runsOf(db, 'process-overage')
    expect(left).toMatchObject({ outcome: null, attempts: 1 })
    expect((await billed()).invoices).toBeLessThan(ORGANIZATIONS)
    await until(async () => (await runsOf(db, 'process-overage'))[0]?.attempts === 2)
    expect((Date.now() - killedAt) * FASTER).toBeLessThanOrEqual(30_000)
    await until(async () => (await runsOf(db, 'process-overage'))[0]?.outcome === 'done')
    expect(await billed()).toEqual({ invoices: ORGANIZATIONS, organizations: ORGANIZATIONS })
    const [done] = await runsOf(db, 'process-overage')
    expect(done?.node).not.toBe(left?.node)
  })

  const billed = async () => {
    const [row] = await db.query<{ invoices: bigint; organizations: bigint }>(
      `select count(*) as invoices, count(distinct organization_id) as organizations
       from tollgate.invoices`,
    )
    return { invoices: Number(row?.invoices), organizations: Number(row?.organizations) }
  }
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const end = Date.now() + 20_000
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('it did not come to that')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
})
