import { expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('organizations', (subject) => {
  const message = (organizationId: string, tokens: number) => ({
    organizationId,
    eventType: 'chat_message',
    quantities: { tokens },
  })
  const fits = async (id: string, tokens: number) =>
    (await subject().tollgate.check(message(id, tokens))).allowed

  it('are listed by page, by plan and by status', async () => {
    const { organizations } = subject().tollgate
    const made = ['list-a', 'list-b', 'list-c', 'list-d']
    for (const [index, id] of made.entries()) {
      const plan = index % 2 === 0 ? 'api-platform/pro' : 'api-platform/free'
      await organizations.create({ id, name: id.toUpperCase(), plan })
    }
    await organizations.close({ organizationId: 'list-c' })
    const ids = async (filter: object) =>
      (await organizations.list(filter)).items.map(({ id }) => id)
    expect(await ids({ plan: 'api-platform/pro' })).toEqual(['list-a', 'list-c'])
    expect(await ids({ plan: 'api-platform/pro', status: 'active' })).toEqual(['list-a'])
    expect(await ids({ plan: 'free', status: 'active' })).toEqual(['list-b', 'list-d'])
    expect(await ids({ status: 'closed' })).toEqual(['list-c'])
    expect(await ids({ plan: 'api-platform/none' })).toEqual([])
    const first = await organizations.list({ limit: 3 })
    const second = await organizations.list({ limit: 200, cursor: first.nextCursor ?? '' })
    const all = [...first.items, ...second.items].map(({ id }) => id)
    expect(second.nextCursor).toBeNull()
    expect(all).toEqual([...new Set(all)].sort())
    expect(all).toEqual(expect.arrayContaining(made))
  })

  it('are upgraded from a trial by a plan change, which the audit log records once', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/trial')
    await tollgate.organizations.update({ organizationId, plan: 'rag-chatbot/starter' })
    await tollgate.organizations.update({ organizationId, plan: 'rag-chatbot/pro' })
    const { items } = await tollgate.audit.list({ organizationId, category: 'organization' })
    expect(items.map(({ action }) => action).reverse()).toEqual([
      'organization.created',
      'trial.upgraded',
      'organization.updated',
      'organization.updated',
    ])
    expect(items.find(({ action }) => action === 'trial.upgraded')).toMatchObject({
      old: { plan: 'rag-chatbot/trial' },
      new: { plan: 'rag-chatbot/starter' },
      subject: `organization:${organizationId}`,
    })
  })

  it('change their name, warning threshold and plan, and nothing else', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const before = await tollgate.organizations.get({ organizationId: id })
    const renamed = await tollgate.organizations.update({
      organizationId: id,
      name: 'Other',
      warnPercent: 50,
    })
    expect(renamed).toEqual({ ...before, name: 'Other', warnPercent: 50 })
    const moved = await tollgate.organizations.update({
      organizationId: id,
      plan: 'rag-chatbot/starter',
    })
    expect(moved).toEqual({ ...renamed, plan: 'rag-chatbot/starter' })
    expect(await tollgate.organizations.get({ organizationId: id })).toEqual(moved)
    await tollgate.track(message(id, 50_000))
    const { warning } = await tollgate.check(message(id, 1))
    expect(warning).toBeDefined()
  })

  it('keep their use when they change the plan, and change back', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    await tollgate.track(message(id, 9_000))
    expect(await fits(id, 1_001)).toBe(false)
    await tollgate.organizations.update({ organizationId: id, plan: 'rag-chatbot/starter' })
    expect(await fits(id, 91_001)).toBe(false)
    expect(await fits(id, 91_000)).toBe(true)
    await tollgate.track(message(id, 41_000))
    await tollgate.organizations.update({ organizationId: id, plan: 'rag-chatbot/trial' })
    expect(await fits(id, 1)).toBe(false)
    await tollgate.organizations.update({ organizationId: id, plan: 'rag-chatbot/starter' })
    expect(await fits(id, 50_001)).toBe(false)
    expect(await fits(id, 50_000)).toBe(true)
  })

  it.each([
    ['invalid_request', 'name', { name: '' }],
    ['invalid_request', 'warnPercent', { warnPercent: 0 }],
    ['invalid_request', 'warnPercent', { warnPercent: 101 }],
    ['invalid_request', 'warnPercent', { warnPercent: 1.5 }],
    ['invalid_request', 'status', { name: 'x', status: 'closed' }],
    ['invalid_request', 'body', {}],
    ['unprocessable', 'plan', { plan: 'rag-chatbot/gold' }],
  ])('refuse a change as %s by its field %s: %j', async (code, field, wrong) => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const change = tollgate.organizations.update({ organizationId: id, ...wrong })
    await expect(change).rejects.toMatchObject({ code, faults: [{ field }] })
  })

  it('can use, open and receive nothing once closed', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('rag-chatbot/trial')
    const { key } = await tollgate.apiKeys.create({ organizationId: id, name: 'test' })
    await tollgate.members.add({ organizationId: id, userId: 'ada', role: 'owner' })
    await tollgate.track(message(id, 10))
    const closed = await tollgate.organizations.close({ organizationId: id })
    expect(closed.status).toBe('closed')
    await clock.advance(1_000)
    expect(await tollgate.organizations.close({ organizationId: id })).toEqual(closed)
    expect(await tollgate.check(message(id, 1))).toMatchObject({ reason: 'closed_organization' })
    const decision = await tollgate.track(message(id, 1))
    expect(decision).toMatchObject({ allowed: false, reason: 'closed_organization' })
    expect(await plumbingOf(tollgate).authenticate(key)).toBeUndefined()
    const isClosed = { code: 'unprocessable' }
    const { apiKeys, limits, members, organizations } = tollgate
    const limit = { meter: 'tokens', window: 'day', max: 1, behavior: 'hard', reason: 'r' } as const
    await expect(apiKeys.create({ organizationId: id, name: 'x' })).rejects.toMatchObject(isClosed)
    await expect(limits.override({ organizationId: id, ...limit })).rejects.toMatchObject(isClosed)
    await expect(
      members.add({ organizationId: id, userId: 'b', role: 'admin' }),
    ).rejects.toMatchObject(isClosed)
    await expect(organizations.update({ organizationId: id, name: 'x' })).rejects.toMatchObject(
      isClosed,
    )
    expect((await tollgate.usage.current({ organizationId: id })).month.meters.tokens).toBe(10)
    expect((await members.list({ organizationId: id })).items).toHaveLength(1)
  })

  it('cannot start in the future, so an existing organization can always be used', async () => {
    const { tollgate, clock } = subject()
    const create = (id: string, ms: number) =>
      tollgate.organizations.create({
        id,
        name: id,
        plan: 'rag-chatbot/trial',
        startsAt: new Date(clock.now().getTime() + ms).toISOString(),
      })
    await expect(create('tomorrow', 1)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'startsAt' }],
    })
    await expect(tollgate.organizations.get({ organizationId: 'tomorrow' })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect((await create('today', 0)).startsAt).toBe(clock.now().toISOString())
  })
})

/** A plan that only the platform can assign, with two public ones. */
const CATALOG = {
  key: 'shop',
  name: 'Shop',
  meters: [{ key: 'calls', unit: 'calls', aggregation: 'sum' }],
  eventTypes: [
    { key: 'call', name: 'Call', category: 'api', baseCredits: '0', meters: { calls: 1 } },
  ],
  plans: [
    { key: 'small', max: 10, public: true },
    { key: 'large', max: 1_000, public: true },
    { key: 'friends', max: 100_000, public: false },
  ].map(({ key, max, ...rest }) => ({
    key,
    name: key,
    monthlyPriceUsd: '0',
    ...rest,
    limits: [{ meter: 'calls', window: 'day', max, behavior: 'hard' }],
  })),
}
const SHOP = { catalogs: [{ document: CATALOG, origin: 'test' }] }

describeEngine('an owner', SHOP, (subject) => {
  const owner = { role: 'owner', actor: 'user:ada' } as const

  it('chooses among public plans, and gets "not found" for a private one', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('small')
    const move = (plan: string, options?: typeof owner) =>
      tollgate.organizations.update({ organizationId: id, plan }, options)
    expect(await move('large', owner)).toMatchObject({ plan: 'shop/large' })
    const messages: string[] = []
    for (const plan of ['friends', 'enemies']) {
      const error = await move(plan, owner).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'unprocessable', faults: [{ field: 'plan' }] })
      messages.push(error.message.replace(plan, '…'))
    }
    expect(messages[0]).toBe(messages[1])
    expect(await move('friends')).toMatchObject({ plan: 'shop/friends' })
  })

  it('loses own overrides that are looser than a new plan', async () => {
    const { tollgate, organization } = subject()
    const { limits, organizations } = tollgate
    const id = await organization('large')
    const limit = { meter: 'calls', window: 'day', behavior: 'hard', reason: 'ours' } as const
    const max = async () =>
      (await limits.list({ organizationId: id })).find(({ window }) => window === 'day')?.max
    await limits.override({ organizationId: id, ...limit, max: 900 }, owner)
    await organizations.update({ organizationId: id, name: 'Renamed' }, owner)
    expect(await max()).toBe(900)
    await organizations.update({ organizationId: id, plan: 'small' })
    expect(await max()).toBe(10)
    await limits.override({ organizationId: id, ...limit, max: 5 }, owner)
    await organizations.update({ organizationId: id, plan: 'large' }, owner)
    expect(await max()).toBe(5)
    await limits.override({ organizationId: id, ...limit, max: 50_000, reason: 'a good customer' })
    await organizations.update({ organizationId: id, plan: 'small' })
    expect(await max()).toBe(50_000)
  })

  it('loses them as well when the plan itself changes', async () => {
    const { tollgate, organization } = subject()
    const [kept, lost] = [await organization('large'), await organization('large')]
    const limit = { meter: 'calls', window: 'day', behavior: 'hard', reason: 'ours' } as const
    await tollgate.limits.override({ organizationId: kept, ...limit, max: 400 }, owner)
    await tollgate.limits.override({ organizationId: lost, ...limit, max: 600 }, owner)
    await tollgate.planRegistry.updatePlan(
      'large',
      { limits: [{ meter: 'calls', window: 'day', max: 500, behavior: 'hard' }] },
      { applyToExisting: true },
    )
    const max = async (id: string) => (await tollgate.limits.list({ organizationId: id }))[0]?.max
    expect([await max(kept), await max(lost)]).toEqual([400, 500])
  })

  it('appears in the audit log with exactly the changed values', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('small')
    await tollgate.organizations.update(
      { organizationId: id, plan: 'large', warnPercent: 80 },
      owner,
    )
    await tollgate.organizations.close({ organizationId: id }, owner)
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'organization' })
    expect(items.map(({ action, actor, old, new: now }) => [action, actor, old, now])).toEqual([
      ['organization.closed', 'user:ada', { status: 'active' }, { status: 'closed' }],
      [
        'organization.updated',
        'user:ada',
        expect.objectContaining({ plan: 'shop/small' }),
        expect.objectContaining({ plan: 'shop/large' }),
      ],
      ['organization.created', 'unknown', null, expect.objectContaining({ plan: 'shop/small' })],
    ])
  })
})
