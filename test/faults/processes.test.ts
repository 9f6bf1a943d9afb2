import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Replayable } from '../../src/contract/call.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { type GateProcess, startGateProcess } from './gate-process.ts'

describeOnPostgres('several processes on one database', (open, url) => {
  let here: TollgateEngine
  let there: GateProcess[]

  beforeAll(async () => {
    here = await createTollgate({ database: await open() })
    const settings = { options: { database: { url: url() } } }
    there = await Promise.all([startGateProcess(settings), startGateProcess(settings)])
  })
  afterAll(async () => {
    await Promise.all(there.map((other) => other.close()))
    await here.close()
  })
  const each = (index: number): GateProcess => there[index % there.length] as GateProcess

  it('give 50 equal answers for one id sent 50 times together with different timestamps', async () => {
    const atMs = Date.now()
    const startsAt = new Date(atMs - 86_400_000).toISOString()
    const once = { id: 'once', name: 'once', plan: 'ai-workspace/professional' }
    await here.organizations.create({ ...once, startsAt })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        each(i).call<Replayable<Decision>>('track', {
          id: 'the-one',
          organizationId: 'once',
          eventType: 'structuring_diagnose',
          properties: { complexity: 2, echo: true, traceback: true },
          timestamp: new Date(atMs - (i % 4) * 60_000).toISOString(),
        }),
      ),
    )
    expect(
      new Set(answers.map(({ replayed: _, ...decision }) => JSON.stringify(decision))).size,
    ).toBe(1)
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    const { month } = await here.usage.current({ organizationId: 'once' })
    expect(month).toMatchObject({ events: 1, credits: 28 })
  })

  it('together allow exactly the limit, from the first request on', async () => {
    await here.organizations.create({ id: 'first', name: 'first', plan: 'rag-chatbot/trial' })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        each(i).call<Replayable<Decision>>('track', {
          organizationId: 'first',
          eventType: 'embedding',
          quantities: { api_calls: 0, tokens: 1 },
        }),
      ),
    )
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(50)
  })

  it("use a changed catalog's prices without a restart", async () => {
    await here.organizations.create({ id: 'hot', name: 'hot', plan: 'ai-workspace/professional' })
    const price = async (other: GateProcess) =>
      (
        await other.call<Decision>('check', {
          organizationId: 'hot',
          eventType: 'structuring_diagnose',
          properties: { complexity: 2, echo: true, traceback: true },
        })
      ).credits
    expect(await Promise.all(there.map(price))).toEqual([28, 28])
    await here.eventRegistry.updateEventDefinition('ai-workspace/structuring_diagnose', {
      baseCredits: 20,
    })
    await eventually(async () => expect(await Promise.all(there.map(price))).toEqual([48, 48]))
  })

  it('keep both of two concurrent changes, each as its own version', async () => {
    const [a, b] = [each(0), each(1)]
    await Promise.all([
      a.call('eventRegistry.updateEventDefinition', 'rag-chatbot/api_call', { name: 'From a' }),
      b.call('eventRegistry.updateEventDefinition', 'rag-chatbot/embedding', { name: 'From b' }),
    ])
    const { eventRegistry } = here
    await eventRegistry.refresh()
    expect((await eventRegistry.getEventDefinition('rag-chatbot/api_call')).name).toBe('From a')
    expect((await eventRegistry.getEventDefinition('rag-chatbot/embedding')).name).toBe('From b')
  })

  it('follow a limit lowered by another process at once', async () => {
    await here.organizations.create({ id: 'low', name: 'low', plan: 'rag-chatbot/pro' })
    const event = { organizationId: 'low', eventType: 'chat_message', quantities: { tokens: 10 } }
    expect((await each(0).call<Decision>('check', event)).allowed).toBe(true)
    await here.limits.override({
      organizationId: 'low',
      meter: 'tokens',
      window: 'day',
      max: 9,
      behavior: 'hard',
      reason: 'test',
    })
    expect((await each(0).call<Decision>('check', event)).allowed).toBe(false)
  })
})
