import { expect, it } from 'vitest'
import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { DomainEvent } from '../../src/contract/domain-events.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

/** All events of an organization in number order, each with data that matches its kind. */
const eventsOf = async (
  tollgate: TollgateEngine,
  organizationId: string,
): Promise<readonly DomainEvent[]> => {
  const events: DomainEvent[] = []
  for await (const event of tollgate.domainEvents.list({ organizationId, limit: 3 })) {
    EVENT_KINDS[event.kind].data.strict().parse(event.data)
    events.unshift(event)
  }
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
  return events
}

const kindsOf = (events: readonly DomainEvent[]) => events.map(({ kind }) => kind)
const dataOf = (events: readonly DomainEvent[], kind: string) =>
  events.filter((event) => event.kind === kind).map(({ data }) => data)

describeEngine(
  'domain events of organizations',
  { catalogs: [SUBSCRIPTIONS_CATALOG] },
  (subject) => {
    it('report each change once, in number order, with the data of its kind', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('subscribed/pro')
      const about = { organizationId: id }
      await tollgate.organizations.update({ ...about, name: 'Acme' })
      await tollgate.members.add({ ...about, userId: 'ada', role: 'owner', name: 'Ada' })
      await tollgate.members.update({ ...about, userId: 'ada', name: 'Ada L.' })
      await tollgate.members.add({ ...about, userId: 'bob', role: 'viewer' })
      await tollgate.members.remove({ ...about, userId: 'bob' })
      const key = await tollgate.apiKeys.create({ ...about, name: 'production' })
      const rotated = await tollgate.apiKeys.rotate({ ...about, keyId: key.id })
      await tollgate.apiKeys.revoke({ ...about, keyId: rotated.id })
      const override = await tollgate.limits.override({
        ...about,
        meter: 'calls',
        window: 'month',
        max: 5,
        behavior: 'hard',
        reason: 'a test',
      })
      await tollgate.limits.remove({ ...about, overrideId: override.id })
      await tollgate.subscriptions.change({ ...about, plan: 'subscribed/free', when: 'period_end' })
      await tollgate.subscriptions.keep(about)
      await tollgate.subscriptions.change({ ...about, plan: 'subscribed/enterprise', when: 'now' })
      await tollgate.subscriptions.pause(about)
      await tollgate.subscriptions.resume(about)
      await tollgate.subscriptions.cancel({ ...about, when: 'now' })
      await tollgate.subscriptions.restart(about)
      await tollgate.organizations.close(about)
      const events = await eventsOf(tollgate, id)
      expect(kindsOf(events)).toEqual([
        ...['organization.created', 'organization.updated', 'member.added', 'member.updated'],
        ...['member.added', 'member.removed', 'api_key.created', 'api_key.rotated'],
        ...['api_key.revoked', 'limit.overridden', 'limit.override_removed'],
        ...['plan.change_scheduled', 'subscription.kept', 'plan.changed', 'subscription.paused'],
        ...['subscription.resumed', 'subscription.ended', 'subscription.restarted'],
        'organization.closed',
      ])
      expect(dataOf(events, 'plan.changed')).toEqual([
        {
          from: { plan: 'subscribed/pro', planVersion: 1 },
          to: { plan: 'subscribed/enterprise', planVersion: 1 },
        },
      ])
      expect(events[2]).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: 'member.added',
        organizationId: id,
        sequence: 3,
        subject: 'user:ada',
        occurredAt: clock.now().toISOString(),
        data: { userId: 'ada', role: 'owner', name: 'Ada' },
      })
    })

    it('report nothing for a failed change', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('subscribed/pro')
      const removing = tollgate.members.remove({ organizationId: id, userId: 'nobody' })
      await expect(removing).rejects.toMatchObject({ code: 'not_found' })
      const again = tollgate.organizations.create({ id, name: 'again', plan: 'subscribed/pro' })
      await expect(again).rejects.toMatchObject({ code: 'already_exists' })
      expect(kindsOf(await eventsOf(tollgate, id))).toEqual(['organization.created'])
    })

    it('report the outcome of a trial, dated at its own instant', async () => {
      const { tollgate, clock } = subject()
      const trialEndsAt = new Date(clock.now().getTime() + 86_400_000).toISOString()
      const made = async (id: string) => {
        await tollgate.organizations.create({ id, name: id, plan: 'subscribed/tried', trialEndsAt })
        return { organizationId: id }
      }
      const left = await made('left')
      const bought = await made('bought')
      await tollgate.subscriptions.change({ ...bought, plan: 'subscribed/enterprise' })
      await tollgate.subscriptions.extendTrial({
        ...(await made('later')),
        endsAt: '2027-01-01T00:00:00Z',
      })
      await clock.advance(2 * 86_400_000)
      await tollgate.organizations.get(left)
      const events = await eventsOf(tollgate, 'left')
      expect(kindsOf(events)).toEqual([
        ...['organization.created', 'trial.started', 'trial.ended', 'plan.changed'],
      ])
      expect(events[2]).toMatchObject({
        data: { plan: 'subscribed/tried', nextPlan: 'subscribed/free' },
        occurredAt: trialEndsAt,
      })
      expect(kindsOf(await eventsOf(tollgate, 'bought'))).toContain('trial.converted')
      expect(kindsOf(await eventsOf(tollgate, 'later'))).toContain('trial.extended')
    })

    it("report a limit's first refusal in a window once, and again after the limit is raised", async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('subscribed/free')
      const call = () => tollgate.track({ organizationId: id, eventType: 'call' })
      const all = await Promise.all(Array.from({ length: 30 }, call))
      expect(all.filter(({ allowed }) => allowed)).toHaveLength(10)
      await call()
      const reached = async () => dataOf(await eventsOf(tollgate, id), 'limit.reached')
      expect(await reached()).toEqual([
        {
          meter: 'calls',
          window: 'month',
          per: 'organization',
          behavior: 'hard',
          windowStart: '2026-03-01T00:00:00.000Z',
          max: 10,
          used: 10,
          asked: 1,
        },
      ])
      await tollgate.limits.override({
        organizationId: id,
        meter: 'calls',
        window: 'month',
        max: 12,
        behavior: 'hard',
        reason: 'a test',
      })
      for (let n = 0; n < 4; n += 1) await call()
      expect((await reached()).map(({ max }) => max)).toEqual([10, 12])
      await clock.set('2026-04-02T00:00:00Z')
      for (let n = 0; n < 14; n += 1) await call()
      expect((await reached()).map(({ windowStart }) => windowStart)).toEqual([
        ...['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
      ])
    })

    it('report the reversal of recorded use once', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('subscribed/pro')
      await tollgate.track({ organizationId: id, eventType: 'call', id: 'c1' })
      const undo = { organizationId: id, eventId: 'c1', reason: 'a mistake' }
      await tollgate.reverse(undo)
      await tollgate.reverse(undo)
      expect(dataOf(await eventsOf(tollgate, id), 'usage.reversed')).toEqual([
        {
          eventId: 'c1',
          reversalId: expect.any(String),
          eventType: 'call',
          credits: 0,
          reason: 'a mistake',
        },
      ])
    })

    it('belong to the platform if they concern no organization', async () => {
      const { tollgate } = subject()
      const { key: _, ...made } = await tollgate.serviceKeys.create({
        name: 'backend',
        scopes: ['usage.read'],
      })
      await tollgate.catalog.apply({ document: { ...SUBSCRIPTIONS_CATALOG, name: 'Anew' } })
      const { items } = await tollgate.domainEvents.listPlatform({ limit: 2 })
      for (const { kind, data } of items) EVENT_KINDS[kind].data.strict().parse(data)
      expect(
        items.map(({ kind, organizationId, subject: on }) => [kind, organizationId, on]),
      ).toEqual([
        ['catalog.applied', null, 'catalog:subscribed'],
        ['api_key.created', null, `key:${made.id}`],
      ])
    })
  },
)

describeEngine('domain events of credits and bills', creditsOnly, (subject) => {
  it('report credits as granted, used up, expired and revoked', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('prepaid')
    const about = { organizationId: id }
    const spend = (credits: number) =>
      tollgate.track({ ...about, eventType: 'spend', properties: { credits } })
    const given = { ...about, reason: 'a present' }
    await tollgate.grants.create({ ...given, credits: 10.5, expiresAt: '2026-03-12T00:00:00Z' })
    await spend(10)
    await spend(10)
    await spend(10)
    await clock.set('2026-03-13T00:00:00Z')
    const { grant } = await tollgate.grants.create({ ...given, credits: 7 })
    await tollgate.grants.end({ ...about, grantId: grant?.id ?? '' })
    const events = await eventsOf(tollgate, id)
    const acts = events.filter(({ kind }) => kind !== 'alert.fired')
    expect(kindsOf(acts)).toEqual([
      ...['organization.created', 'credits.granted', 'limit.reached', 'credits.exhausted'],
      ...['credits.expired', 'credits.granted', 'credits.taken_back'],
    ])
    expect(dataOf(events, 'credits.granted')[0]).toMatchObject({ credits: 10.5, source: 'given' })
    expect(dataOf(events, 'credits.expired')).toMatchObject([{ credits: 0.5 }])
    expect(dataOf(events, 'credits.taken_back')).toEqual([{ grantId: grant?.id, credits: 7 }])
    expect(acts[4]?.occurredAt).toBe('2026-03-12T00:00:00.000Z')
  })

  it('report the invoice of a period once', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('hundred', '2026-03-10T00:00:00Z')
    await clock.set('2026-04-11T02:00:00Z')
    await tollgate.billing.run()
    await tollgate.billing.run()
    expect(dataOf(await eventsOf(tollgate, id), 'invoice.closed')).toEqual([
      {
        invoiceId: expect.any(String),
        periodStart: '2026-03-10T00:00:00.000Z',
        periodEnd: '2026-04-10T00:00:00.000Z',
        currency: 'USD',
        totalMinorUnits: 1_000,
        dueMinorUnits: 1_000,
      },
    ])
  })
})
