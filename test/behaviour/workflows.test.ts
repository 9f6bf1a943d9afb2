import { afterAll, beforeAll, expect, it } from 'vitest'
import { defineWorkflow, type TollgateEngine } from '../../src/index.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { openProcesses, type Processes } from './workflow-processes.ts'
import { creditsLeft, type Outside, openOutside, threeSteps } from './workflow-steps.ts'

const PLAN = 'rag-chatbot/trial'
const CHAT = { eventType: 'chat_message', quantities: { tokens: 5 } }

describeOnEachDatabase('workflows', (open) => {
  let clock: TestClock
  let tollgate: TollgateEngine
  let outside: Outside
  let processes: Processes
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

  /** Fails on demand. */
  const flaky = { fails: 0, undoFails: false, tries: [] as number[] }
  const failing = defineWorkflow({
    name: 'failing',
    version: '1',
    needsOrganization: true,
    steps: [
      {
        name: 'only',
        retries: { attempts: 3, firstWaitMs: 1_000 },
        do: async ({ attempt, run, tollgate: inside }) => {
          flaky.tries.push(attempt)
          const organizationId = run.organizationId ?? ''
          await inside.grants.create({ organizationId, credits: 5, reason: 'gone with its step' })
          flaky.fails -= 1
          if (flaky.fails >= 0) throw new Error('the step fails')
          return undefined
        },
        undo: async () => {
          if (flaky.undoFails) throw new Error('the undo fails')
          return undefined
        },
      },
    ],
  })
  const waiting = defineWorkflow({
    name: 'waiting',
    version: '1',
    steps: [
      {
        name: 'for_a_member',
        do: async ({ tollgate: inside, run, wait }) => {
          const organizationId = run.organizationId ?? ''
          const { items } = await inside.members.list({ organizationId })
          return items.length > 0 ? { members: items.length } : wait({ on: ['member.added'] })
        },
      },
      {
        name: 'for_a_chat',
        do: async ({ firstUse, wait, now }) => {
          const used = await firstUse(['chat_message'])
          const until = new Date(Date.parse('2026-03-20T12:00:00Z'))
          if (used) return { eventId: used.id }
          return now >= until ? { eventId: null } : wait({ until, usage: ['chat_message'] })
        },
      },
    ],
  })

  const watchful = defineWorkflow({
    name: 'watchful',
    version: '1',
    steps: [
      {
        name: 'for_an_error',
        do: async ({ firstUse, wait }) => {
          const used = await firstUse(['error'])
          const until = new Date('2026-03-20T12:00:00Z')
          return used ? { eventId: used.id } : wait({ until, usage: ['error'] })
        },
      },
    ],
  })

  /** Returns half a surrogate pair, as a truncated text does. */
  const cutting = defineWorkflow({
    name: 'cutting',
    version: '1',
    steps: [
      { name: 'says', do: () => ({ said: 'cut 😀'.slice(0, 5), nothing: '\0' }) },
      {
        name: 'fails',
        retries: { attempts: 1 },
        do: () => {
          throw new Error(`${'x'.repeat(499)}😀`)
        },
      },
    ],
  })

  /** Uses every part of the engine in one transaction, and fails at its first attempt. */
  const everything = defineWorkflow({
    name: 'everything',
    version: '1',
    steps: [
      {
        name: 'only',
        do: async ({ tollgate: inside, run, attempt, idempotencyKey: id }) => {
          const about = { organizationId: run.organizationId ?? '' }
          const use = { ...about, ...CHAT }
          const { usage } = await inside.track({ ...use, id: `${id}/track` })
          await inside.record({ ...use, id: `${id}/record` })
          await inside.reverse({ ...about, eventId: `${id}/record`, reason: 'a test' })
          const hold = await inside.reserve({ ...use, id: `${id}/hold` })
          if (hold.allowed) await hold.settle({ quantities: { tokens: 7 } })
          // A refused verb does not undo the others in the transaction.
          await inside.members.add({ ...about, userId: 'ada', role: 'owner' })
          const again = inside.members.add({ ...about, userId: 'ada', role: 'owner' })
          await again.catch(() => {})
          await inside.organizations.update({ ...about, name: 'Renamed' })
          const { name } = await inside.organizations.get(about)
          const { items } = await inside.members.list(about)
          const { state } = await inside.subscriptions.get(about)
          if (attempt === 1) throw new Error('the first try fails')
          return { name, members: items.length, state, eventId: usage.usageEventId }
        },
      },
    ],
  })

  beforeAll(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    outside = openOutside()
    processes = openProcesses(open, clock)
    tollgate = await processes.another([
      threeSteps(outside),
      failing,
      waiting,
      watchful,
      everything,
      cutting,
    ])
  })
  afterAll(() => processes.closeAll())

  it('runs each step once and in order, and reports its end', async () => {
    const { organizationId, runId } = await begun()
    await tollgate.admin.runWorkflows()
    const run = await tollgate.workflows.get({ runId })
    expect(run).toMatchObject({ state: 'done', step: null, attempts: 0, error: null })
    expect(run.steps.map(({ done }) => done?.outcome)).toEqual(['done', 'done', 'done'])
    expect(run.steps[1]?.done?.output).toEqual({ key: `${runId}/second/do` })
    expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 2, left: 20 })
    const [told] = (await tollgate.domainEvents.listPlatform()).items
    expect(told).toMatchObject({ kind: 'workflow.ended', data: { runId, state: 'done' } })
    const entries = await tollgate.audit.listPlatform({ limit: 2 })
    expect(entries.items.map(({ action }) => action)).toEqual(['workflow.done', 'workflow.started'])
    const acts = await tollgate.audit.list({ organizationId, limit: 1 })
    expect(acts.items[0]).toMatchObject({ actor: `workflow:three_steps/${runId}` })
  })

  it('starts one run per key, and refuses the key for another', async () => {
    const organizationId = await organization()
    const wanted = { workflow: 'three_steps', organizationId, input: { a: 1 }, id: 'once' }
    const first = await tollgate.workflows.start(wanted)
    const again = await tollgate.workflows.start(wanted)
    expect([first.replayed, again.replayed, again.id]).toEqual([false, true, first.id])
    await expect(tollgate.workflows.start({ ...wanted, input: { a: 2 } })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
    await expect(tollgate.workflows.start({ workflow: 'none' })).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'workflow' }],
    })
    // A workflow that requires an organization refuses a start without one.
    await expect(tollgate.workflows.start({ workflow: 'failing' })).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'organizationId' }],
    })
    const { items } = await tollgate.workflows.definitions()
    const needing = items.filter(({ needsOrganization }) => needsOrganization)
    expect(needing.map(({ name }) => name)).toEqual(['failing'])
  })

  it('refuses an input that cannot be stored, with its field, and starts nothing', async () => {
    const before = (await tollgate.workflows.list()).items.length
    for (const [nth, part] of ['\0', '😀'.slice(0, 1), 1n].entries()) {
      for (const input of [{ part }, ...(typeof part === 'string' ? [{ [part]: 1 }] : [])]) {
        const start = tollgate.workflows.start({ workflow: 'cutting', input })
        const refused = { code: 'unprocessable', faults: [{ field: 'input' }] }
        await expect(start, String(nth)).rejects.toMatchObject(refused)
      }
    }
    expect((await tollgate.workflows.list()).items).toHaveLength(before)
  })

  it('stores the output and the error of a step, also with half a character', async () => {
    const { id: runId } = await tollgate.workflows.start({ workflow: 'cutting' })
    await tollgate.admin.runWorkflows()
    const { state, steps } = await tollgate.workflows.get({ runId })
    expect(steps[0]?.done?.output).toEqual({ said: 'cut \ufffd', nothing: '\u2400' })
    expect(state).toBe('stuck')
    const [told] = (await tollgate.domainEvents.listPlatform({ kind: 'workflow.stuck' })).items
    expect(told?.data).toMatchObject({ runId, error: `${'x'.repeat(499)}\ufffd` })
  })

  it('undoes a failed attempt, and retries when it is due', async () => {
    flaky.fails = 2
    flaky.tries.length = 0
    const { organizationId, runId } = await begun('failing')
    await tollgate.admin.runWorkflows()
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'running',
      attempts: 1,
      error: 'the step fails',
      dueAt: new Date(clock.now().getTime() + 1_000).toISOString(),
    })
    expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 0, left: 0 })
    await clock.advance(1_000)
    await tollgate.admin.runWorkflows()
    await clock.advance(1_999)
    await tollgate.admin.runWorkflows()
    expect(flaky.tries).toEqual([1, 2])
    await clock.advance(1)
    await tollgate.admin.runWorkflows()
    expect(flaky.tries).toEqual([1, 2, 3])
    expect(await stateOf(runId)).toBe('done')
    expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 1, left: 5 })
  })

  it('can use the whole engine inside its transaction', async () => {
    const { organizationId, runId } = await begun('everything')
    const tokens = async () => {
      const { limits } = await tollgate.usage.current({ organizationId })
      const { used, held } = limits.find(({ meter }) => meter === 'tokens') ?? {}
      return { used, held }
    }
    await tollgate.admin.runWorkflows()
    expect((await tollgate.workflows.get({ runId })).error).toBe('the first try fails')
    expect(await tokens()).toEqual({ used: 0, held: 0 })
    expect((await tollgate.members.list({ organizationId })).items).toEqual([])
    await clock.advance(1_000)
    await tollgate.admin.runWorkflows()
    expect((await tollgate.workflows.get({ runId })).steps[0]?.done?.output).toMatchObject({
      name: 'Renamed',
      members: 1,
      state: 'active',
      eventId: `${runId}/only/do/track`,
    })
    expect(await tokens()).toEqual({ used: 12, held: 0 })
    expect((await tollgate.organizations.get({ organizationId })).name).toBe('Renamed')
  })

  it('is stuck after the last attempt, reports it, and continues on request', async () => {
    flaky.fails = 3
    const { runId } = await begun('failing')
    for (let n = 0; n < 3; n += 1) {
      await tollgate.admin.runWorkflows()
      await clock.advance(4_000)
    }
    expect(await tollgate.workflows.get({ runId })).toMatchObject({ state: 'stuck', attempts: 3 })
    const [told] = (await tollgate.domainEvents.listPlatform()).items
    expect(told).toMatchObject({
      kind: 'workflow.stuck',
      data: { runId, step: 'only', direction: 'do', error: 'the step fails' },
    })
    await expect(tollgate.workflows.resume({ runId })).rejects.toMatchObject({
      code: 'unprocessable',
    })
    await tollgate.workflows.retry({ runId, reason: 'mended' }, { actor: 'ada' })
    await tollgate.admin.runWorkflows()
    expect(await stateOf(runId)).toBe('done')
    const entries = await tollgate.audit.listPlatform({ action: 'workflow.retried', limit: 1 })
    expect(entries.items[0]).toMatchObject({ actor: 'ada', new: { reason: 'mended' } })
  })

  it('is stuck at a failed compensation, and continues it on request', async () => {
    flaky.fails = 0
    const { runId } = await begun('failing')
    await tollgate.admin.runWorkflows()
    flaky.undoFails = true
    await tollgate.workflows.rollback({ runId })
    for (let n = 0; n < 3; n += 1) {
      await tollgate.admin.runWorkflows()
      await clock.advance(4_000)
    }
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'stuck',
      direction: 'undo',
      step: 'only',
      error: 'the undo fails',
    })
    flaky.undoFails = false
    await tollgate.workflows.retry({ runId })
    await tollgate.admin.runWorkflows()
    expect(await stateOf(runId)).toBe('undone')
  })

  it('waits for an event, and wakes with its transaction', async () => {
    const { organizationId, runId } = await begun('waiting')
    await tollgate.admin.runWorkflows()
    expect(await tollgate.workflows.get({ runId })).toMatchObject({ state: 'waiting', dueAt: null })
    await tollgate.members.add({ organizationId, userId: 'ada', role: 'owner' })
    await tollgate.admin.runWorkflows()
    const run = await tollgate.workflows.get({ runId })
    expect(run).toMatchObject({ state: 'waiting', step: 'for_a_chat' })
    expect(run.dueAt).toBe('2026-03-20T12:00:00.000Z')
    // Other usage, and usage of other organizations, wakes nothing.
    const elsewhere = await organization()
    await tollgate.track({ organizationId, eventType: 'api_call' })
    await tollgate.track({ organizationId: elsewhere, ...CHAT })
    expect((await tollgate.workflows.get({ runId })).steps[1]?.done?.wokenAt).toBeNull()
    const { usage } = await tollgate.track({ organizationId, ...CHAT })
    expect((await tollgate.workflows.get({ runId })).steps[1]?.done?.wokenAt).not.toBeNull()
    await tollgate.admin.runWorkflows()
    const { state, steps } = await tollgate.workflows.get({ runId })
    expect(state).toBe('done')
    expect(steps[1]?.done?.output).toEqual({ eventId: usage.usageEventId })
  })

  it('wakes also on usage without a meter', async () => {
    const { organizationId, runId } = await begun('watchful')
    await tollgate.admin.runWorkflows()
    expect(await stateOf(runId)).toBe('waiting')
    const use = { organizationId, eventType: 'error', id: 'failed' }
    expect(await tollgate.record(use)).toMatchObject({ accepted: 1 })
    await tollgate.admin.runWorkflows()
    const { state, steps } = await tollgate.workflows.get({ runId })
    expect([state, steps[0]?.done?.output]).toEqual(['done', { eventId: 'failed' }])
  })

  it('waits no longer than its timeout', async () => {
    const { organizationId, runId } = await begun('waiting')
    await tollgate.members.add({ organizationId, userId: 'ada', role: 'owner' })
    await tollgate.admin.runWorkflows()
    await clock.advance(11 * 86_400_000)
    await tollgate.admin.runWorkflows()
    const { state, steps } = await tollgate.workflows.get({ runId })
    expect([state, steps[1]?.done?.output]).toEqual(['done', { eventId: null }])
  })
})
