import { FakeListChatModel } from '@langchain/core/utils/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import {
  defineWorkflow,
  type TollgateEngine,
  type TrialStart,
  trialOnboarding,
} from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { isLong } from '../setup/form.ts'
import { describeOnPglite, describeOnPostgres } from '../setup/substrates.ts'
import { creditsLeft } from './workflow-steps.ts'

const DAY_MS = 86_400_000
const PLAN = 'rag-chatbot/trial'
const CHAT = { eventType: 'chat_message', quantities: { tokens: 10 } }

/** Selects the step numbers after which the run is rolled back. */
type Counts = (steps: number) => readonly number[]
const everyStep: Counts = (steps) => Array.from({ length: steps }, (_, at) => at + 1)
const someSteps: Counts = (steps) => [3, steps - 2, steps]

const onboardingOfTrials = (open: () => Promise<Database>, counts: Counts): void => {
  let db: Database
  let clock: TestClock
  let tollgate: TollgateEngine
  /** The host's own data: the loaded documents of each organization. */
  const library = new Map<string, number>()
  const sample = { question: 'What is it?', answer: 'A gate.', expected: 'A gate' }
  const model = new FakeListChatModel({ responses: ['PASS'] })
  const onboarding = trialOnboarding({
    knowledgeBase: {
      load: async ({ run, report }) => {
        for (const loaded of [1, 2, 3]) {
          library.set(run.organizationId ?? '', loaded)
          await report({ loaded, of: 3 })
        }
        return { documents: 3 }
      },
      unload: async ({ run }) => (library.delete(run.organizationId ?? '') ? undefined : 'nothing'),
    },
    qualityCheck: { model, eventType: 'chat_message', samples: async () => [sample, sample] },
  })
  const names = onboarding.steps.map(({ name }) => name)
  const holding = defineWorkflow({
    name: 'holding',
    version: '1',
    steps: [{ name: 'hold', do: ({ wait }) => wait({ on: ['catalog.applied'] }) }],
  })
  /** Only the first steps, then a wait for an event that never occurs. */
  const upTo = (count: number) => ({
    ...onboarding,
    name: `first_${count}`,
    steps: [...onboarding.steps.slice(0, count), ...holding.steps],
  })

  beforeAll(async () => {
    db = await open()
    clock = testClock('2026-03-10T12:00:00Z')
    const workflows = [onboarding, ...names.map((_, at) => upTo(at + 1))]
    tollgate = await createTollgate({ database: db, clock, catalogs: ['rag-chatbot'], workflows })
  })
  afterAll(() => tollgate.close())

  let made = 0
  const started = async (workflow = 'trial_onboarding', more: Partial<TrialStart> = {}) => {
    made += 1
    const organizationId = `trial-${made}`
    const input = { name: 'Trial', plan: PLAN, trialDays: 14, credits: 500, ...more }
    const { id: runId } = await tollgate.workflows.start({ workflow, organizationId, input })
    await tollgate.admin.runWorkflows()
    return { organizationId, runId }
  }
  const stepOf = async (runId: string, name: string) =>
    (await tollgate.workflows.get({ runId })).steps.find((step) => step.name === name)
  const ownUse = async (organizationId: string, runId: string) => {
    const own = []
    for await (const event of tollgate.usage.history({ organizationId, sessionId: runId })) {
      own.push(event.reverses)
    }
    return own
  }

  it('runs from creation to the first chat, and to a paid plan', async () => {
    const { organizationId, runId } = await started()
    const subscription = await tollgate.subscriptions.get({ organizationId })
    expect(subscription).toMatchObject({
      state: 'trial',
      plan: PLAN,
      trialEndsAt: '2026-03-24T12:00:00.000Z',
    })
    expect(await creditsLeft(tollgate, organizationId)).toEqual({ given: 1, left: 500 })
    expect((await stepOf(runId, 'load_knowledge_base'))?.done).toMatchObject({
      output: { documents: 3 },
      progress: { loaded: 3, of: 3 },
    })
    expect((await stepOf(runId, 'check_quality'))?.done?.output).toEqual({ good: 2, judged: 2 })
    // The check is metered as a chat, but is not the first chat.
    expect(await ownUse(organizationId, runId)).toEqual([null, null])
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'waiting',
      step: 'first_chat',
      dueAt: '2026-03-24T12:00:00.000Z',
    })
    const { usage } = await tollgate.track({ organizationId, ...CHAT })
    await tollgate.admin.runWorkflows()
    expect((await stepOf(runId, 'first_chat'))?.done?.output).toMatchObject({
      chatted: true,
      eventId: usage.usageEventId,
    })
    await tollgate.subscriptions.change({ organizationId, plan: 'rag-chatbot/pro' })
    await tollgate.admin.runWorkflows()
    expect((await tollgate.workflows.get({ runId })).state).toBe('done')
    expect((await stepOf(runId, 'convert_or_expire'))?.done?.output).toEqual({
      outcome: 'converted',
      plan: 'rag-chatbot/pro',
    })
  })

  it('ends with its trial if no plan was chosen, however often the trial was extended', async () => {
    const { organizationId, runId } = await started()
    await clock.advance(7 * DAY_MS)
    const endsAt = new Date(clock.now().getTime() + 30 * DAY_MS).toISOString()
    await tollgate.subscriptions.extendTrial({ organizationId, endsAt })
    await clock.advance(8 * DAY_MS)
    await tollgate.admin.runWorkflows()
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'waiting',
      step: 'first_chat',
      dueAt: endsAt,
    })
    await clock.advance(22 * DAY_MS)
    await tollgate.admin.runWorkflows()
    expect((await stepOf(runId, 'first_chat'))?.done?.output).toEqual({ chatted: false })
    expect((await stepOf(runId, 'convert_or_expire'))?.done?.output).toEqual({
      outcome: 'expired',
      plan: PLAN,
    })
    expect((await tollgate.subscriptions.get({ organizationId })).state).toBe('ended')
    expect((await tollgate.track({ organizationId, ...CHAT })).allowed).toBe(false)
  })

  it('continues after its trial if it was started that way', async () => {
    const { organizationId, runId } = await started('trial_onboarding', { unconverted: 'keep' })
    await clock.advance(14 * DAY_MS)
    await tollgate.admin.runWorkflows()
    expect((await stepOf(runId, 'convert_or_expire'))?.done?.output).toEqual({
      outcome: 'kept',
      plan: PLAN,
    })
    expect((await tollgate.subscriptions.get({ organizationId })).state).toBe('active')
  })

  it('waits for a person if its answers are bad, and then judges all of them again', async () => {
    model.responses = ['FAIL']
    const { runId } = await started()
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'stuck',
      step: 'check_quality',
      attempts: 1,
      error: expect.stringMatching(/^only 0 of 2 answers are good/),
    })
    model.responses = ['PASS']
    await tollgate.workflows.retry({ runId })
    await tollgate.admin.runWorkflows()
    expect((await stepOf(runId, 'check_quality'))?.done?.output).toEqual({ good: 2, judged: 2 })
  })

  it('refuses a start without an organization or with an invalid input', async () => {
    const workflow = 'trial_onboarding'
    await expect(
      tollgate.workflows.start({ workflow, input: { name: '', plan: PLAN } }),
    ).rejects.toMatchObject({ code: 'unprocessable', faults: [{ field: 'input' }] })
    const input = { name: 'Again', plan: PLAN }
    const nobodys = tollgate.workflows.start({ workflow, input, id: 'of nobody' })
    await expect(nobodys).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'organizationId', message: expect.stringContaining('name the organiz') }],
    })
    const { organizationId } = await started()
    const { items } = await tollgate.workflows.list({ workflow, limit: 200 })
    expect(items.filter((run) => run.organizationId === null)).toEqual([])
    const { id: runId } = await tollgate.workflows.start({ workflow, organizationId, input })
    await tollgate.admin.runWorkflows()
    expect(await tollgate.workflows.get({ runId })).toMatchObject({
      state: 'stuck',
      step: 'create_organization',
    })
  })

  describe.each(counts(names.length).map((count) => [names[count - 1] ?? '', count] as const))(
    'rolled back after %s',
    (name, count) => {
      it('leaves no trace except in the books', async () => {
        const { organizationId, runId } = await started(`first_${count}`)
        if (name === 'first_chat' || name === 'convert_or_expire') {
          await tollgate.track({ organizationId, ...CHAT })
        }
        await tollgate.admin.runWorkflows()
        if (name === 'convert_or_expire') {
          await tollgate.subscriptions.change({ organizationId, plan: 'rag-chatbot/pro' })
          await tollgate.admin.runWorkflows()
        }
        expect(await tollgate.workflows.get({ runId })).toMatchObject({
          state: 'waiting',
          step: 'hold',
        })
        await tollgate.workflows.rollback({ runId })
        await tollgate.admin.runWorkflows()
        const { state, steps } = await tollgate.workflows.get({ runId })
        expect(state).toBe('undone')
        expect(steps.slice(0, count).every(({ undone }) => undone?.doneAt)).toBe(true)

        const { status } = await tollgate.organizations.get({ organizationId })
        expect(status).toBe('closed')
        const subscription = await tollgate.subscriptions.get({ organizationId })
        expect(subscription).toMatchObject({ state: 'ended', scheduled: [] })
        expect((await creditsLeft(tollgate, organizationId)).left).toBe(0)
        expect(library.has(organizationId)).toBe(false)
        const own = await ownUse(organizationId, runId)
        expect(own.filter((reverses) => reverses !== null)).toHaveLength(own.length / 2)
        const [{ held = 0n, waits = 0n } = {}] = await db.query<{ held: bigint; waits: bigint }>(
          `select
             (select count(*) from tollgate.buckets where organization_id = $1 and held > 0) as held,
             (select count(*) from tollgate.workflow_steps
              where run_id = $2 and wakes_on is not null and done_at is null) as waits`,
          [organizationId, runId],
        )
        expect([held, waits]).toEqual([0n, 0n])
      })
    },
  )
}

describeOnPglite('the onboarding of a trial (on PGlite)', (open) => {
  onboardingOfTrials(open, everyStep)
})
describeOnPostgres('the onboarding of a trial (on PostgreSQL)', (open) => {
  onboardingOfTrials(open, isLong ? everyStep : someSteps)
})
