import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { creditsLeft, openOutside, threeSteps } from '../behaviour/workflow-steps.ts'
import { childProcesses } from '../setup/child-process.ts'
import { isLong } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const HOST = new URL('./workflow-host.mjs', import.meta.url)
const STEPS = ['first', 'second', 'third']
/** A crash point: the effect has happened, and nothing about it is stored. */
const DONE = isLong ? STEPS.map((step) => `${step}/do`) : ['second/do']
const UNDONE = isLong ? STEPS.toReversed().map((step) => `${step}/undo`) : ['third/undo']
const SOON = { timeout: 60_000, interval: 50 }

describeOnPostgres('a workflow with killed processes', (open, url) => {
  const start = childProcesses()
  const organizationId = 'acme'
  let tollgate: TollgateEngine
  let db: Database

  beforeAll(async () => {
    db = await open()
    const workflows = [threeSteps(openOutside())]
    const starts = { workflows, onlyStartsWorkflows: true }
    tollgate = await createTollgate({
      database: await open(),
      catalogs: ['rag-chatbot'],
      ...starts,
    })
    await tollgate.organizations.create({
      id: organizationId,
      name: 'A',
      plan: 'rag-chatbot/trial',
    })
    await db.query('create table public.told (key text primary key, run_id text not null)')
  })
  afterAll(() => tollgate.close())

  const told = () => db.query<{ key: string }>('select key from public.told order by key')

  /** Runs a process to a crash point, or to its end, and kills it there. */
  const killedAt = async (place: string | undefined, on: { comesTo: () => Promise<void> }) => {
    const child = place === undefined ? start(HOST, url()) : start(HOST, url(), place)
    await on.comesTo()
    if (place !== undefined) {
      for (let line = await child.next(); line !== place; line = await child.next());
    }
    child.process.kill('SIGKILL')
    await child.ended
    // Its leases are free when they end.
    await db.query("update tollgate.workflow_runs set leased_until = now() - interval '1 s'")
  }

  it('has each effect once, and after a rollback none', { timeout: 240_000 }, async () => {
    const { id: runId } = await tollgate.workflows.start({
      workflow: 'three_steps',
      organizationId,
    })
    const isIn = (state: string) =>
      vi.waitFor(async () => {
        expect(await tollgate.workflows.get({ runId })).toMatchObject({ state })
      }, SOON)
    const nothing = { comesTo: async () => {} }
    for (const place of DONE) await killedAt(place, nothing)
    const rolledBack = async () => {
      await isIn('done')
      expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 2, left: 20 })
      expect(await told()).toEqual([{ key: `${runId}/second/do` }])
      await tollgate.workflows.rollback({ runId })
    }
    for (const [at, place] of UNDONE.entries()) {
      await killedAt(place, at === 0 ? { comesTo: rolledBack } : nothing)
    }
    await killedAt(undefined, { comesTo: () => isIn('undone') })
    expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 2, left: 0 })
    expect(await told()).toEqual([])
    const { steps } = await tollgate.workflows.get({ runId })
    expect(steps.map(({ done, undone }) => [done?.outcome, undone?.outcome])).toEqual(
      STEPS.map(() => ['done', 'done']),
    )
  })
})
