import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { subscriptionStateAt } from '../../src/core/billing/periods.ts'
import { termOf } from '../../src/engine/subscriptions/subscription-term.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

const CATALOGS = [{ document: SUBSCRIPTIONS_CATALOG, origin: 'the test' }]
/** For subscriptions from mid-May, so that the month's window spans the period change. */
const PERIOD_END = '2026-06-15T00:00:00Z'

describeTollgate(
  "a platform's subscriptions",
  (subject) => {
    it('show what each would pay on a new version, and move only the named ones', async () => {
      const { tollgate, organization } = subject()
      const ids = [
        await organization('subscribed/pro'),
        await organization('subscribed/pro'),
        await organization('subscribed/pro'),
      ]
      const other = await organization('subscribed/free')
      await tollgate.planRegistry.updatePlan('subscribed/pro', { monthlyPriceUsd: 59.5 })
      const [first, second, third] = ids as [string, string, string]
      expect(await tollgate.subscriptions.get({ organizationId: first })).toMatchObject({
        planVersion: 1,
        newestVersion: 2,
        monthlyPriceUsd: '49',
      })
      const request = { plan: 'subscribed/pro', limit: 2 }
      const page = await tollgate.subscriptions.previewMigration(request)
      expect(page.items).toMatchObject([
        {
          organizationId: first,
          from: { version: 1, monthlyPriceUsd: '49' },
          to: { version: 2, monthlyPriceUsd: '59.5' },
          differenceUsd: '10.5',
        },
        { organizationId: second },
      ])
      const cursor = page.nextCursor as string
      const rest = await tollgate.subscriptions.previewMigration({ ...request, cursor })
      expect(rest).toMatchObject({ items: [{ organizationId: third }], nextCursor: null })
      const organizationIds = [first, other, 'nobody']
      const migrated = await tollgate.subscriptions.migrate({
        plan: 'subscribed/pro',
        organizationIds,
      })
      expect(migrated).toMatchObject({
        plan: 'subscribed/pro',
        version: 2,
        moved: [first],
        failed: [{ organizationId: other }, { organizationId: 'nobody' }],
      })
      expect((await tollgate.subscriptions.get({ organizationId: first })).planVersion).toBe(2)
      expect((await tollgate.subscriptions.get({ organizationId: third })).planVersion).toBe(1)
      const asked = await tollgate.subscriptions.change({
        organizationId: third,
        plan: 'subscribed/pro',
      })
      expect(asked.planVersion).toBe(2)
      const { items } = await tollgate.audit.list({
        organizationId: first,
        action: 'organization.moved',
      })
      expect(items).toMatchObject([{ old: { planVersion: 1 }, new: { planVersion: 2 } }])
    })
  },
  { catalogs: CATALOGS },
)

describeEngine(
  'subscriptions in several processes',
  { at: '2026-06-01T00:00:00Z', catalogs: CATALOGS, decide: 'leased' },
  (subject) => {
    const call = async (tollgate: ReturnType<typeof subject>['tollgate'], id: string) =>
      await tollgate.track({ organizationId: id, eventType: 'call' })

    it('change at the same instant in all of them, even on leases', async () => {
      const { tollgate, clock, organization, another } = subject()
      const second = await another()
      const [down, end] = [
        await organization('subscribed/enterprise', '2026-05-15T08:00:00Z'),
        await organization('subscribed/pro', '2026-05-15T08:00:00Z'),
      ]
      await tollgate.subscriptions.change({ organizationId: down, plan: 'subscribed/free' })
      await tollgate.subscriptions.cancel({ organizationId: end })
      for (const process of [tollgate, second]) {
        for (let n = 0; n < 4; n += 1) {
          expect((await call(process, down)).allowed).toBe(true)
          expect((await call(process, end)).allowed).toBe(true)
        }
      }
      await clock.set(PERIOD_END)
      let isAnswered = false
      const answers = Promise.all(
        Array.from({ length: 40 }, (_, n) => call(n % 2 === 0 ? tollgate : second, down)),
      ).finally(() => {
        isAnswered = true
      })
      // A process that waits for another's lease waits by this clock.
      await vi.waitUntil(() => clock.advance(20).then(() => isAnswered), { timeout: 20_000 })
      const admitted = await answers
      // Free allows 10 a month, and 8 are used. The old plan's unused leases are void.
      expect(admitted.filter(({ allowed }) => allowed).length).toBe(2)
      for (const process of [second, tollgate]) {
        expect(await call(process, end)).toMatchObject({ reason: 'subscription_ended' })
      }
      await Promise.all([tollgate.flush(), second.flush()])
      const { items } = await tollgate.audit.list({
        organizationId: down,
        action: 'organization.updated',
      })
      expect(items.length).toBe(1)
      expect(await tollgate.admin.audit.verify()).toMatchObject({ faults: [] })
    })

    it("remove the organization's own limits that exceed the new plan", async () => {
      const { tollgate, clock, organization } = subject()
      const id = await organization('subscribed/enterprise')
      await tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/free' })
      const own = { actor: 'user:ada', role: 'owner' } as const
      const override = {
        meter: 'calls',
        window: 'month',
        behavior: 'hard',
        reason: 'ours',
      } as const
      await tollgate.limits.override({ organizationId: id, ...override, max: 500 }, own)
      const { currentPeriod } = await tollgate.subscriptions.get({ organizationId: id })
      await clock.set(currentPeriod.end)
      await call(tollgate, id)
      const [limit] = await tollgate.limits.list({ organizationId: id })
      expect(limit).toMatchObject({ max: 10, override: null })
    })

    it('bring in $4,705 a month and $56,460 a year for 100 Free, 45 Pro and 5 Enterprise', async () => {
      const { tollgate, clock } = subject()
      await clock.set('2027-01-10T00:00:00Z')
      for (const { id } of (await tollgate.organizations.list({ limit: 200 })).items) {
        await tollgate.organizations.close({ organizationId: id })
      }
      const make = async (plan: string, count: number, trialEndsAt?: string) => {
        for (let n = 0; n < count; n += 1) {
          const id = `mrr-${plan}-${n}-${trialEndsAt ? 't' : ''}`
          const input = { id, name: id, plan: `subscribed/${plan}`, trialEndsAt }
          await tollgate.organizations.create(input)
        }
      }
      await make('free', 100)
      await make('pro', 45)
      await make('enterprise', 5)
      // 45 × 49 + 5 × 500 = 2,205 + 2,500 = 4,705; × 12 = 56,460.
      const figures = { mrrUsd: '4705', arrUsd: '56460' }
      expect(await tollgate.analytics.overview()).toMatchObject(figures)
      await make('pro', 2, '2027-01-20T00:00:00Z')
      await tollgate.subscriptions.pause({ organizationId: 'mrr-enterprise-0-' })
      await tollgate.subscriptions.cancel({ organizationId: 'mrr-pro-0-', when: 'now' })
      await tollgate.subscriptions.cancel({ organizationId: 'mrr-pro-1-' })
      // One Enterprise paused, one Pro ended, one to end later, two not paying yet.
      const less = await tollgate.analytics.overview()
      expect(less).toMatchObject({ mrrUsd: '4156', arrUsd: '49872' })
      const byPlan = new Map(less.organizations.byPlan.map((row) => [row.plan, row]))
      expect(byPlan.get('subscribed/pro')).toMatchObject({ active: 47, paying: 44 })
      await clock.set('2027-02-10T00:00:00Z')
      // The trials pay now, and the second Pro has ended.
      expect(await tollgate.analytics.overview()).toMatchObject({ mrrUsd: '4205' })
    })

    it('are equal in SQL and in the engine, at any instant', async () => {
      const { db } = subject()
      const instant = fc.date({
        min: new Date('2026-01-01T00:00:00Z'),
        max: new Date('2026-01-01T00:00:05Z'),
        noInvalidDate: true,
      })
      const maybe = fc.option(instant)
      const rows = fc.array(fc.tuple(maybe, maybe, maybe), { minLength: 60, maxLength: 60 })
      await fc.assert(
        fc.asyncProperty(rows, instant, async (drawn, at) => {
          // A pause begins when it is requested, so it is never in the future.
          const terms = drawn.map(([trial, paused, ends]) => ({
            starts_at: new Date(0),
            trial_ends_at: trial,
            paused_at: paused && paused > at ? null : paused,
            ends_at: ends,
          }))
          const states = await db.query<{ state: string }>(
            `select tollgate.subscription_state('active', trial, paused, ends, $4) as state
             from unnest($1::timestamptz[], $2::timestamptz[], $3::timestamptz[])
               with ordinality t (trial, paused, ends, place) order by place`,
            [
              terms.map(({ trial_ends_at }) => trial_ends_at),
              terms.map(({ paused_at }) => paused_at),
              terms.map(({ ends_at }) => ends_at),
              at,
            ],
          )
          expect(states.map(({ state }) => state)).toEqual(
            terms.map((term) => subscriptionStateAt(termOf(term), at.getTime())),
          )
        }),
        { numRuns: 10 },
      )
    })
  },
)
