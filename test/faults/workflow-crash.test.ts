import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { creditsLeft, type Outside, openOutside, threeSteps } from '../behaviour/workflow-steps.ts'
import { times } from '../setup/form.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { Fuse, withFuse } from './fuse.ts'

/** The number of crash points per run; the long form uses every one. */
const PLACES = times('TOLLGATE_WORKFLOW_CRASHES', { short: 8, long: Number.POSITIVE_INFINITY })
const LEASE_MS = 60_000

describeOnEachDatabase('a workflow run with a crash', (open) => {
  let clock: TestClock
  let healthy: TollgateEngine
  let outside: Outside
  const workflow = 'three_steps'
  const fuse = new Fuse()
  let db: Database

  beforeAll(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    outside = openOutside()
    db = await open()
    const workflows = [threeSteps(outside)]
    const options = { clock, catalogs: ['rag-chatbot'], workflows, onlyStartsWorkflows: true }
    healthy = await createTollgate({ ...options, database: db })
  })
  afterAll(() => healthy.close())

  let made = 0
  const begun = async () => {
    made += 1
    const organizationId = `org-${made}`
    await healthy.organizations.create({
      id: organizationId,
      name: organizationId,
      plan: 'rag-chatbot/trial',
    })
    const { id: runId } = await healthy.workflows.start({ workflow, organizationId })
    return { organizationId, runId }
  }
  /**
   * Runs what is due in a process with a limited number of steps, and returns whether it finished.
   */
  const process = async (steps = Number.POSITIVE_INFINITY) => {
    const database = withFuse(db, fuse)
    fuse.disarm()
    const options = { clock, catalogs: ['rag-chatbot'], workflows: [threeSteps(outside)] }
    const engine = await createTollgate({ ...options, database })
    // Also counts steps of work that the engine's start has already begun.
    fuse.arm(steps)
    await engine.admin.runWorkflows().catch(() => {})
    const { steps: taken, isBlown } = fuse
    fuse.disarm()
    await engine.close()
    return { taken, isBlown }
  }
  /** Some crash points of a run, from the first to the last. */
  const placesOf = (all: number): number[] => {
    const every = Math.max(1, Math.ceil(all / PLACES))
    return Array.from({ length: Math.ceil(all / every) }, (_, n) => n * every)
  }
  const stateOf = async (runId: string) => (await healthy.workflows.get({ runId })).state

  describe.each(['do', 'undo'] as const)('in the middle of a %s', (direction) => {
    const isDo = direction === 'do'

    it('continues in another process, with each effect once', { timeout: 300_000 }, async () => {
      const whole = await begun()
      let { taken } = await process()
      if (!isDo) {
        await healthy.workflows.rollback({ runId: whole.runId })
        taken = (await process()).taken
      }
      expect(await stateOf(whole.runId)).toBe(isDo ? 'done' : 'undone')
      expect(taken).toBeGreaterThan(20)

      const places = placesOf(taken)
      const runs: { organizationId: string; runId: string }[] = []
      if (!isDo) {
        for (const _ of places) runs.push(await begun())
        await process()
      }
      let ended = 0
      for (const [at, place] of places.entries()) {
        if (isDo) runs.push(await begun())
        else await healthy.workflows.rollback({ runId: runs[at]?.runId ?? '' })
        if ((await process(place)).isBlown) ended += 1
      }
      expect(ended).toBeGreaterThan(5)
      // Its leases are free when they end.
      await clock.advance(LEASE_MS + 1)
      await process()
      for (const { organizationId, runId } of runs) {
        expect(await stateOf(runId)).toBe(isDo ? 'done' : 'undone')
        const left = { given: 2, left: isDo ? 20 : 0 }
        expect(await creditsLeft(healthy, organizationId)).toEqual(left)
        expect(outside.done.get(runId)).toBe(isDo ? `${runId}/second/do` : undefined)
        // All its outside calls used one idempotency key.
        const keys = outside.asked.filter((key) => key.startsWith(runId))
        expect(new Set(keys)).toEqual(new Set([`${runId}/second/do`]))
        expect(keys.length).toBeLessThanOrEqual(isDo ? 2 : 1)
      }
    })
  })
})
