import { expect, it } from 'vitest'
import type { BudgetOpenInput } from '../../src/contract/budgets.ts'
import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

describeOnEverySubstrate('budgets of runs', (subject) => {
  let runs = 0
  /** A new organization with its own budget. */
  const start = async (ceiling: Record<string, number>, more: Partial<BudgetOpenInput> = {}) => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/enterprise')
    runs += 1
    const wanted = { organizationId, id: `run-${runs}`, ceiling, finalShare: 0, ...more }
    const run = await tollgate.budgets.open(wanted)
    const call = (tokens?: number, budget = run.id) => ({
      organizationId,
      eventType: 'chat_message',
      budget,
      ...(tokens !== undefined && { quantities: { tokens } }),
    })
    const open = (id: string, ceiling: Record<string, number>, terms: Partial<BudgetOpenInput>) =>
      tollgate.budgets.open({ organizationId, id, ceiling, finalShare: 0, ...terms })
    const get = (budgetId = run.id) => tollgate.budgets.get({ organizationId, budgetId })
    const close = (budgetId = run.id) => tollgate.budgets.close({ organizationId, budgetId })
    /** The events about budgets that ended by themselves. */
    const expired = async () => {
      const { items } = await tollgate.domainEvents.list({ organizationId, kind: 'budget.expired' })
      return items.map(({ kind, data }) => EVENT_KINDS[kind].data.strict().parse(data))
    }
    return { tollgate, organizationId, wanted, run, call, open, get, close, expired }
  }

  it('allow calls that fit, and refuse other calls without a retry time', async () => {
    const { tollgate, call, get, run } = await start({ tokens: 1_000 })
    expect(await tollgate.track(call(700))).toMatchObject({
      allowed: true,
      budget: { id: run.id, which: run.id, remaining: { tokens: 300 } },
    })
    const refused = await tollgate.track(call(301))
    expect(refused).toMatchObject({
      allowed: false,
      reason: 'budget_exceeded',
      budget: { id: run.id, which: run.id, remaining: { tokens: 300 } },
    })
    expect(refused).not.toHaveProperty('retryAfter')
    expect(refused).not.toHaveProperty('upgrade')
    expect(await tollgate.track(call(300))).toMatchObject({ allowed: true })
    expect(await get()).toMatchObject({
      state: 'open',
      steps: 2,
      refusals: 1,
      endedBy: null,
      meters: { tokens: { ceiling: 1_000, used: 1_000, held: 0, remaining: 0, overshoot: 0 } },
    })
  })

  it('answer a check without using anything', async () => {
    const { tollgate, call, get } = await start({ tokens: 100 })
    expect(await tollgate.check(call(100))).toMatchObject({ allowed: true })
    expect(await tollgate.check(call(101))).toMatchObject({ reason: 'budget_exceeded' })
    expect((await get()).meters.tokens).toMatchObject({ used: 0, held: 0 })
  })

  it('use nothing if a limit refuses, and limits use nothing if a budget refuses', async () => {
    const { tollgate, organizationId, call, get } = await start({ tokens: 1_000 })
    await tollgate.limits.override({
      organizationId,
      meter: 'tokens',
      window: 'day',
      max: 500,
      behavior: 'hard',
      reason: 'a test',
    })
    expect(await tollgate.track(call(600))).toMatchObject({ reason: 'limit_exceeded' })
    expect((await get()).meters.tokens).toMatchObject({ used: 0 })
    expect(await tollgate.track(call(1_001))).toMatchObject({ reason: 'budget_exceeded' })
    expect(await tollgate.track(call(500))).toMatchObject({ allowed: true })
  })

  it('use nothing for a hold without an amount, even in a batch', async () => {
    const { tollgate, call, get } = await start({ tokens: 5 })
    const holds = [tollgate.reserve(call(0)), tollgate.reserve(call(0))]
    const answers = await Promise.all([...holds, tollgate.track(call(4))])
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true])
    expect((await get()).meters.tokens).toMatchObject({ used: 4, held: 0 })
  })

  it('refuse every call at a rest of zero, even one without an amount', async () => {
    const { tollgate, call, open, organizationId } = await start({ tokens: 0 })
    expect(await tollgate.track(call(1))).toMatchObject({ reason: 'budget_exceeded' })
    expect(await tollgate.reserve(call())).toMatchObject({ reason: 'budget_exceeded' })
    await open(`${organizationId}-some`, { tokens: 10 }, {})
    const hold = held(await tollgate.reserve(call(undefined, `${organizationId}-some`)))
    await hold.settle({ quantities: { tokens: 25 } })
    expect(await tollgate.reserve(call(undefined, `${organizationId}-some`))).toMatchObject({
      reason: 'budget_exceeded',
    })
  })

  it('hold, extend, release, and report use above the hold as overshoot', async () => {
    const { tollgate, call, get } = await start({ tokens: 1_000 })
    const hold = held(await tollgate.reserve(call(600)))
    expect((await get()).meters.tokens).toMatchObject({ used: 0, held: 600 })
    expect(await hold.extend({ quantities: { tokens: 401 } })).toMatchObject({
      reason: 'budget_exceeded',
    })
    expect(await hold.extend({ quantities: { tokens: 300 } })).toMatchObject({ allowed: true })
    expect(await tollgate.track(call(101))).toMatchObject({ reason: 'budget_exceeded' })
    const other = held(await tollgate.reserve(call(100)))
    await other.release()
    await hold.settle({ quantities: { tokens: 1_250 } })
    expect((await get()).meters.tokens).toMatchObject({
      used: 1_250,
      held: 0,
      remaining: 0,
      overshoot: 250,
    })
  })

  it('return a hold exactly at its expiry', async () => {
    const { tollgate, call, get } = await start({ tokens: 100 })
    held(await tollgate.reserve({ ...call(100), expiresInMs: 1_000 }))
    expect(await tollgate.track(call(1))).toMatchObject({ reason: 'budget_exceeded' })
    await subject().clock.advance(1_000)
    expect(await tollgate.track(call(100))).toMatchObject({ allowed: true })
    expect((await get()).meters.tokens).toMatchObject({ used: 100, held: 0 })
  })

  it('are read without an expired hold from its expiry on', async () => {
    const { tollgate, organizationId, call, get } = await start({ tokens: 100 })
    const hold = () => tollgate.reserve({ ...call(60), expiresInMs: 1_000 })
    const tokens = async () => (await get()).meters.tokens
    held(await hold())
    expect(await tokens()).toMatchObject({ held: 60, remaining: 40 })
    await subject().clock.advance(1_000)
    expect(await tokens()).toMatchObject({ held: 0, remaining: 100 })
    held(await hold())
    await subject().clock.advance(1_000)
    for await (const one of tollgate.budgets.list({ organizationId })) {
      expect(one.meters.tokens).toMatchObject({ used: 0, held: 0 })
    }
  })

  it('count in every budget that contains them', async () => {
    const { tollgate, call, open, get, run } = await start({ tokens: 1_000 })
    const [inner, other] = [`${run.id}-a`, `${run.id}-b`]
    await open(inner, { tokens: 800 }, { within: run.id })
    await open(other, { tokens: 800 }, { within: run.id })
    expect(await tollgate.track(call(700, inner))).toMatchObject({ allowed: true })
    expect(await tollgate.track(call(400, other))).toMatchObject({
      reason: 'budget_exceeded',
      budget: { id: other, which: run.id, remaining: { tokens: 300 } },
    })
    expect((await get(other)).meters.tokens).toMatchObject({ used: 0 })
    expect(await tollgate.track(call(300, other))).toMatchObject({ allowed: true })
    expect(await get()).toMatchObject({ steps: 2, meters: { tokens: { used: 1_000 } } })
  })

  it('hold an allotted part, and return its unused rest at the end', async () => {
    const { tollgate, call, open, get, close, run } = await start({ tokens: 1_000 })
    const inner = `${run.id}-a`
    await open(inner, { tokens: 600 }, { within: run.id, allot: true })
    expect((await get()).meters.tokens).toMatchObject({ held: 600, remaining: 400 })
    await expect(
      open(`${run.id}-b`, { tokens: 401 }, { within: run.id, allot: true }),
    ).rejects.toMatchObject({ code: 'unprocessable', faults: [{ field: 'ceiling.tokens' }] })
    expect(await tollgate.track(call(401))).toMatchObject({ reason: 'budget_exceeded' })
    expect(await tollgate.track(call(250, inner))).toMatchObject({ allowed: true })
    const hold = held(await tollgate.reserve(call(100, inner)))
    expect((await get()).meters.tokens).toMatchObject({ used: 0, held: 600 })
    await close(inner)
    expect((await get()).meters.tokens).toMatchObject({ used: 250, held: 100, remaining: 650 })
    await hold.settle({ quantities: { tokens: 120 } })
    expect((await get()).meters.tokens).toMatchObject({ used: 370, held: 0 })
    expect((await get(inner)).meters.tokens).toMatchObject({ used: 370 })
  })

  it('are opened once per id; a retry with other terms is refused', async () => {
    const { tollgate, wanted, call } = await start({ tokens: 1_000 })
    await tollgate.track(call(10))
    expect(await tollgate.budgets.open(wanted)).toMatchObject({
      replayed: true,
      meters: { tokens: { used: 10 } },
    })
    await expect(
      tollgate.budgets.open({ ...wanted, ceiling: { tokens: 2_000 } }),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' })
  })

  it('refuse calls once closed, but count the settlement of open holds', async () => {
    const { tollgate, call, open, close, get, run } = await start({ tokens: 1_000 })
    const inner = `${run.id}-a`
    await open(inner, { tokens: 500 }, { within: run.id })
    const hold = held(await tollgate.reserve(call(100, inner)))
    expect(await close()).toMatchObject({ state: 'closed', endedBy: 'closed' })
    expect(await close()).toMatchObject({ replayed: true, endedBy: 'closed' })
    expect(await get(inner)).toMatchObject({ state: 'closed', endedBy: 'within' })
    expect(await tollgate.track(call(1))).toMatchObject({ reason: 'budget_closed' })
    expect(await tollgate.track(call(1, inner))).toMatchObject({ reason: 'budget_closed' })
    expect(await hold.extend({ quantities: { tokens: 1 } })).toMatchObject({
      reason: 'budget_closed',
    })
    expect(await hold.extend({ expiresInMs: 60_000 })).toMatchObject({ allowed: true })
    await hold.settle({ quantities: { tokens: 90 } })
    expect((await get()).meters.tokens).toMatchObject({ used: 90, held: 0 })
  })

  it('refuse an unknown id', async () => {
    const { tollgate, call } = await start({ tokens: 1_000 })
    expect(await tollgate.track(call(1, 'nowhere'))).toMatchObject({
      reason: 'unknown_budget',
      budget: { id: 'nowhere', which: null, remaining: {} },
    })
  })

  it('belong to one organization only', async () => {
    const { tollgate, run } = await start({ tokens: 1_000 })
    const organizationId = await subject().organization('rag-chatbot/enterprise')
    await expect(tollgate.budgets.get({ organizationId, budgetId: run.id })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(
      await tollgate.track({ organizationId, eventType: 'api_call', budget: run.id }),
    ).toMatchObject({ reason: 'unknown_budget' })
  })

  it('end after their idle time, but not while a hold is open', async () => {
    const { tollgate, call, get, run, expired } = await start({ tokens: 1_000 }, { idleMs: 60_000 })
    const { clock } = subject()
    const hold = held(await tollgate.reserve({ ...call(10), expiresInMs: 3_600_000 }))
    await clock.advance(120_000)
    await hold.settle({ quantities: { tokens: 10 } })
    expect(await get()).toMatchObject({ state: 'open' })
    await clock.advance(60_000)
    expect(await tollgate.track(call(1))).toMatchObject({ reason: 'budget_closed' })
    expect(await get()).toMatchObject({ state: 'closed', endedBy: 'idle' })
    expect(await expired()).toMatchObject([{ budgetId: run.id, by: 'idle' }])
  })

  it('end at their end time, despite open holds, and return their allotment', async () => {
    const { tollgate, call, open, get, run, expired } = await start({ tokens: 1_000 })
    const endsAt = new Date(subject().clock.now().getTime() + 60_000)
    const inner = `${run.id}-a`
    await open(inner, { tokens: 600 }, { within: run.id, allot: true, endsAt })
    held(await tollgate.reserve({ ...call(50, inner), expiresInMs: 3_600_000 }))
    await subject().clock.advance(60_000)
    expect((await get()).meters.tokens).toMatchObject({ used: 0, held: 50 })
    expect(await get(inner)).toMatchObject({ endedBy: 'time', closedAt: endsAt.toISOString() })
    expect(await expired()).toMatchObject([{ budgetId: inner, by: 'time' }])
  })

  it('keep a share for the final call', async () => {
    const { tollgate, call } = await start({ tokens: 1_000 }, { finalShare: 0.05 })
    expect(await tollgate.track(call(951))).toMatchObject({
      reason: 'budget_exceeded',
      budget: { remaining: { tokens: 950 } },
    })
    expect(await tollgate.track(call(950))).toMatchObject({ allowed: true })
    expect(await tollgate.track(call(1))).toMatchObject({ reason: 'budget_exceeded' })
    expect(await tollgate.track({ ...call(51), final: true })).toMatchObject({ allowed: false })
    expect(await tollgate.track({ ...call(50), final: true })).toMatchObject({ allowed: true })
  })

  it('warn from the organization’s threshold on', async () => {
    const { tollgate, call, run } = await start({ tokens: 1_000 })
    expect(await tollgate.track(call(799))).not.toHaveProperty('warning')
    expect(await tollgate.track(call(1))).toMatchObject({
      warning: {
        percentageUsed: 80,
        recommendedAction: `Finish: the budget ${run.id} has 200 tokens left.`,
      },
    })
  })

  it('give a retry its first answer, even after they close', async () => {
    const { tollgate, call, close } = await start({ tokens: 100 })
    const first = await tollgate.track({ ...call(100), id: 'step-1' })
    expect(first).toMatchObject({ allowed: true, budget: { remaining: { tokens: 0 } } })
    await close()
    expect(await tollgate.track({ ...call(100), id: 'step-1' })).toEqual({
      ...first,
      replayed: true,
    })
    await expect(tollgate.track({ ...call(100, 'another'), id: 'step-1' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
  })

  it('explain their refusals', async () => {
    const { tollgate, organizationId, call, run } = await start({ tokens: 100 })
    const { decisionId } = await tollgate.track(call(101))
    const { decision, story } = await tollgate.explain({ organizationId, decisionId })
    expect(decision).toMatchObject({ reason: 'budget_exceeded', budget: { id: run.id } })
    expect(story).toContain(`The budget ${run.id} had 100 tokens left: 101 more would not fit.`)
  })

  it('are listed among refusals by their own reasons', async () => {
    const { tollgate, organizationId, call, close } = await start({ tokens: 100 })
    await tollgate.track(call(101))
    await tollgate.track(call(1, 'nowhere'))
    await close()
    await tollgate.track(call(1))
    const reasons = async (reason?: 'budget_exceeded' | 'limit_exceeded' | 'unknown_budget') => {
      const { items } = await tollgate.usage.refusals({ organizationId, reason })
      return items.map((one) => one.reason)
    }
    const all = await reasons()
    expect(all.toSorted()).toEqual(['budget_closed', 'budget_exceeded', 'unknown_budget'])
    expect(await reasons('budget_exceeded')).toEqual(['budget_exceeded'])
    expect(await reasons('unknown_budget')).toEqual(['unknown_budget'])
    expect(await reasons('limit_exceeded')).toEqual([])
  })

  it('count recorded use, and subtract reversed use', async () => {
    const { tollgate, call, get, organizationId } = await start({ tokens: 100 })
    const event = { ...call(150), id: 'late-1' }
    expect(await tollgate.record(event)).toMatchObject({ accepted: 1 })
    expect(await tollgate.record({ ...event, id: 'late-2', budget: 'nowhere' })).toMatchObject({
      rejected: [{ field: 'budget', message: 'there is no budget "nowhere"' }],
    })
    expect(await get()).toMatchObject({ steps: 1, meters: { tokens: { overshoot: 50 } } })
    await tollgate.reverse({ organizationId, eventId: 'late-1', reason: 'a test' })
    expect(await get()).toMatchObject({ steps: 0, meters: { tokens: { used: 0 } } })
  })

  it('nest up to a maximum depth', async () => {
    const { open, run } = await start({ tokens: 100 })
    let within = run.id
    for (const deeper of ['2', '3', '4', '5']) {
      const { id } = await open(`${run.id}-${deeper}`, { tokens: 100 }, { within })
      within = id
    }
    await expect(open(`${run.id}-6`, { tokens: 100 }, { within })).rejects.toMatchObject({
      faults: [{ field: 'within' }],
    })
    await expect(open('lost', { tokens: 1 }, { within: 'nowhere' })).rejects.toMatchObject({
      faults: [{ field: 'within', message: 'there is no budget "nowhere"' }],
    })
  })

  it.each([
    ['an unknown meter', { ceiling: { nothing: 1 } }, 'ceiling.nothing'],
    ['a meter that does not add up', { ceiling: { storage_bytes: 1 } }, 'ceiling.storage_bytes'],
    ['half a token', { ceiling: { tokens: 0.5 } }, 'ceiling.tokens'],
    ['no ceiling', { ceiling: {} }, 'ceiling'],
    ['an allotment without a parent', { ceiling: { tokens: 1 }, allot: true }, 'allot'],
    [
      'an end that has passed',
      { ceiling: { tokens: 1 }, endsAt: '2026-03-01T00:00:00Z' },
      'endsAt',
    ],
  ])('refuse %s', async (_, terms, field) => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/enterprise')
    await expect(
      tollgate.budgets.open({ organizationId, ...(terms as BudgetOpenInput) }),
    ).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field }] })
  })

  it('are listed by page, newest first', async () => {
    const { tollgate, organizationId, open, run, close } = await start({ tokens: 100 })
    await subject().clock.advance(1_000)
    await open(`${run.id}-a`, { tokens: 1 }, { within: run.id })
    await open(`${run.id}-b`, { tokens: 1 }, {})
    await close(`${run.id}-b`)
    const ids = async (filter: object) => {
      const found: string[] = []
      for await (const { id } of tollgate.budgets.list({ organizationId, limit: 1, ...filter })) {
        found.push(id)
      }
      return found
    }
    expect(await ids({})).toEqual([`${run.id}-b`, `${run.id}-a`, run.id])
    expect(await ids({ state: 'open' })).toEqual([`${run.id}-a`, run.id])
    expect(await ids({ within: run.id })).toEqual([`${run.id}-a`])
  })
})
