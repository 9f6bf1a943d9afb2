import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineWorkflow, type TollgateEngine } from '../../src/index.ts'
import { claimRuns } from '../../src/storage/tables/workflow-runs.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { openProcesses, type Processes } from './workflow-processes.ts'
import { creditsLeft, type Outside, openOutside, threeSteps } from './workflow-steps.ts'

const PLAN = 'rag-chatbot/trial'
const LEASE_MS = 60_000

describeOnEachDatabase('workflows in several processes', (open) => {
  let clock: TestClock
  let tollgate: TollgateEngine
  let outside: Outside
  let processes: Processes
  const another: Processes['another'] = (...given) => processes.another(...given)
  const closed: Processes['closed'] = (engine) => processes.closed(engine)
  const work = () => processes.work()

  let made = 0
  const organization = async () => {
    made += 1
    const id = `org-${made}`
    await tollgate.organizations.create({ id, name: id, plan: PLAN })
    return id
  }
  const begun = async (workflow = 'three_steps') => {
    const organizationId = await organization()
    const { id: runId } = await tollgate.workflows.start({ workflow, organizationId })
    return { organizationId, runId }
  }
  const stateOf = async (runId: string) => (await tollgate.workflows.get({ runId })).state

  beforeAll(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    outside = openOutside()
    processes = openProcesses(open, clock)
    tollgate = await another([threeSteps(outside)])
  })
  afterAll(() => processes.closeAll())

  describe('steered', () => {
    /** A run of a workflow that no process has registered yet. */
    const prepared = async (name: string) => {
      const definition = threeSteps(outside, { name })
      const starter = await another([definition], { onlyStartsWorkflows: true })
      const organizationId = await organization()
      const { id: runId } = await starter.workflows.start({ workflow: name, organizationId })
      return { organizationId, runId, starter, definition }
    }

    it('stays paused over a restart, and continues on request', async () => {
      const { organizationId, runId, starter, definition } = await prepared('paused')
      await starter.workflows.pause({ runId })
      await closed(starter)
      const restarted = await another([definition])
      await work()
      expect(await stateOf(runId)).toBe('paused')
      expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 0, left: 0 })
      await tollgate.workflows.resume({ runId })
      await work()
      expect(await stateOf(runId)).toBe('done')
      await closed(restarted)
    })

    it('ends where it is if canceled, and can be rolled back after that', async () => {
      const { organizationId, runId, starter, definition } = await prepared('ended')
      await starter.workflows.cancel({ runId })
      await closed(starter)
      const restarted = await another([definition])
      await work()
      expect(await stateOf(runId)).toBe('canceled')
      await expect(tollgate.workflows.pause({ runId })).rejects.toMatchObject({
        code: 'unprocessable',
      })
      await tollgate.workflows.rollback({ runId })
      await work()
      expect(await stateOf(runId)).toBe('undone')
      expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 0, left: 0 })
      await closed(restarted)
    })
  })

  it('is left alone by a process with another version or other steps', async () => {
    const old = threeSteps(outside, { name: 'moved', version: '1' })
    const before = await another([old], { onlyStartsWorkflows: true })
    const organizationId = await organization()
    const { id: runId } = await before.workflows.start({ workflow: 'moved', organizationId })
    await closed(before)
    const renamed = { ...old, steps: [...old.steps].reverse() }
    for (const definition of [threeSteps(outside, { name: 'moved', version: '2' }), renamed]) {
      const after = await another([definition])
      await after.admin.runWorkflows()
      expect(await after.workflows.get({ runId })).toMatchObject({ state: 'running', known: false })
      await closed(after)
    }
    // New code that still includes the old version finishes its runs, and starts new runs on the
    // new version.
    const both = await another([threeSteps(outside, { name: 'moved', version: '2' }), old])
    await both.admin.runWorkflows()
    expect(await stateOf(runId)).toBe('done')
    const next = await both.workflows.start({ workflow: 'moved', organizationId })
    expect(next.version).toBe('2')
    await closed(both)
  })

  it('is stuck after each process that takes it dies', async () => {
    const definition = threeSteps(outside, { name: 'deadly' })
    const starter = await another([definition], { onlyStartsWorkflows: true })
    const organizationId = await organization()
    const { id: runId } = await starter.workflows.start({ workflow: 'deadly', organizationId })
    const db = await open()
    for (let death = 0; death < 5; death += 1) {
      const at = clock.now()
      const until = new Date(at.getTime() + LEASE_MS)
      expect(await claimRuns(db, [definition], { at, until, limit: 1 })).toHaveLength(1)
      expect(await claimRuns(db, [definition], { at, until, limit: 1 })).toEqual([])
      await clock.advance(LEASE_MS)
    }
    await closed(starter)
    const next = await another([definition])
    await work()
    expect(await next.workflows.get({ runId })).toMatchObject({ state: 'stuck', attempts: 5 })
    await closed(next)
  })

  it('runs no step twice in two processes at once', async () => {
    const beside = await another([threeSteps(outside)])
    const runs = await Promise.all(Array.from({ length: 8 }, () => begun()))
    await Promise.all([tollgate.admin.runWorkflows(), beside.admin.runWorkflows()])
    for (const { organizationId, runId } of runs) {
      expect(await stateOf(runId)).toBe('done')
      expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 2, left: 20 })
      expect(outside.asked.filter((key) => key === `${runId}/second/do`)).toHaveLength(1)
    }
    await closed(beside)
  })

  it('refuses writes of a process after its lease expired', async () => {
    let wake = () => {}
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    let isFirst = true
    let fellAsleep = () => {}
    const sleeping = new Promise<void>((resolve) => {
      fellAsleep = resolve
    })
    const slow = defineWorkflow({
      name: 'slow',
      version: '1',
      steps: [
        {
          name: 'only',
          outside: true,
          do: async ({ report }) => {
            if (!isFirst) return { by: 'the second' }
            isFirst = false
            fellAsleep()
            await asleep
            await report({ late: true })
            return { by: 'the first' }
          },
        },
      ],
    })
    // The first process does nothing while it sleeps: its clock stands still.
    const stopped = testClock(clock.now())
    const first = await another([slow], { clock: stopped })
    const { id: runId } = await first.workflows.start({ workflow: 'slow' })
    const late = first.admin.runWorkflows()
    await sleeping
    await clock.advance(LEASE_MS + 1)
    const second = await another([slow])
    await second.admin.runWorkflows()
    expect((await second.workflows.get({ runId })).steps[0]?.done?.output).toEqual({
      by: 'the second',
    })
    wake()
    await late
    const run = await second.workflows.get({ runId })
    expect(run).toMatchObject({ state: 'done', attempts: 0, error: null })
    expect(run.steps[0]?.done).toMatchObject({ output: { by: 'the second' }, progress: null })
    await closed(second)
  })
})
