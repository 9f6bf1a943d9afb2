import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeInProcessByForm, type Subject } from './describe-tollgate.ts'

const ANCHOR = '2026-03-01T00:00:00Z'

describeInProcessByForm(
  'a debt of credits',
  (subject) => {
    let made = 0
    const fresh = async (plan = 'hundred') => {
      await subject().clock.set('2026-03-10T12:00:00Z')
      return subject().organization(plan, ANCHOR)
    }
    const give = ({ tollgate }: Subject, organizationId: string, credits: number, more = {}) =>
      tollgate.grants.create({ organizationId, credits, reason: 'test', ...more })
    const use = ({ tollgate }: Subject, organizationId: string, credits: number, more = {}) =>
      tollgate.track({ organizationId, eventType: 'spend', properties: { credits }, ...more })
    const record = async (
      { tollgate }: Subject,
      organizationId: string,
      credits: number,
      timestamp?: string,
    ) => {
      made += 1
      const id = `owed-${made}`
      const event = { id, organizationId, eventType: 'spend', properties: { credits }, timestamp }
      const { rejected } = await tollgate.record(event, { backfill: true })
      expect(rejected).toEqual([])
      return id
    }
    const owedInJournal = async ({ tollgate }: Subject, organizationId: string) => {
      let owed = 0
      for await (const { entries } of tollgate.grants.movements({ organizationId })) {
        for (const { account, credits } of entries) if (account === 'owed') owed -= credits
      }
      return owed
    }
    /** Valid for an hour, so that it survives the clock changes. */
    const holdForty = async (organizationId: string) => {
      const estimate = { organizationId, eventType: 'spend', properties: { credits: 40 } }
      return held(await subject().tollgate.reserve({ ...estimate, expiresInMs: 3_600_000 }))
    }
    /** Gate, balance, journal and doctor agree on what is left and owed. */
    const expectAll = async (id: string, left: number, debt: number) => {
      const { tollgate } = subject()
      const balance = await tollgate.grants.balance({ organizationId: id })
      expect(balance).toMatchObject({ available: left, debt })
      const { limits } = await tollgate.usage.current({ organizationId: id })
      expect(limits[0]?.remaining).toBe(Math.max(0, left))
      const most = { organizationId: id, eventType: 'spend' }
      const call = (credits: number) => tollgate.check({ ...most, properties: { credits } })
      if (left > 0) expect((await call(left)).allowed).toBe(true)
      expect((await call(Math.max(0, left) + 1)).allowed).toBe(false)
      expect(await owedInJournal(subject(), id)).toBe(debt)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    }

    it('remains in every month until paid, and is paid first', async () => {
      const id = await fresh()
      await give(subject(), id, 1)
      await record(subject(), id, 401)
      await expectAll(id, -300, 300)
      for (const at of ['2026-04-02T00:00:00Z', '2026-05-20T00:00:00Z', '2027-09-01T00:00:00Z']) {
        await subject().clock.set(at)
        expect((await use(subject(), id, 1)).reason).toBe('credits_exhausted')
        await expectAll(id, -200, 300)
      }
      await give(subject(), id, 500)
      await expectAll(id, 300, 0)
      const { granted } = await subject().tollgate.grants.balance({ organizationId: id })
      expect(granted).toBe(200)
    })

    it("reduces the next months' allowance until paid", async () => {
      const id = await fresh()
      await give(subject(), id, 1)
      await record(subject(), id, 131)
      await subject().clock.set('2026-04-02T00:00:00Z')
      await expectAll(id, 70, 30)
      expect((await use(subject(), id, 71)).allowed).toBe(false)
      expect((await use(subject(), id, 70)).allowed).toBe(true)
      await expectAll(id, 0, 30)
    })

    it('includes late use from any month', async () => {
      const id = await fresh()
      await give(subject(), id, 50)
      await subject().clock.set('2026-09-10T00:00:00Z')
      await record(subject(), id, 130, '2026-03-15T00:00:00Z')
      await expectAll(id, 120, 0)
      const undone = await record(subject(), id, 60, '2026-03-16T00:00:00Z')
      await expectAll(id, 60, 40)
      await subject().tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      await expectAll(id, 120, 0)
    })

    it('remains under another plan, and charged overage never becomes debt', async () => {
      const { tollgate, clock } = subject()
      const id = await fresh('charging')
      await give(subject(), id, 10)
      await record(subject(), id, 150)
      await tollgate.organizations.update({ organizationId: id, plan: 'hundred' })
      // 100 from the plan, 10 from the grant, and 40 charged by the plan.
      await expectAll(id, 0, 0)
      await record(subject(), id, 5)
      await expectAll(id, -5, 5)
      await tollgate.organizations.update({ organizationId: id, plan: 'charging' })
      await clock.set('2026-04-02T00:00:00Z')
      const balance = await tollgate.grants.balance({ organizationId: id })
      expect(balance).toMatchObject({ available: 100, debt: 5 })
      await give(subject(), id, 20)
      expect(await tollgate.grants.balance({ organizationId: id })).toMatchObject({
        debt: 0,
        granted: 15,
        available: 115,
      })
      expect(await owedInJournal(subject(), id)).toBe(0)
    })

    it('excludes use that an earlier plan paid for', async () => {
      const { tollgate } = subject()
      const id = await fresh()
      await give(subject(), id, 50)
      expect((await use(subject(), id, 60)).allowed).toBe(true)
      await tollgate.organizations.update({ organizationId: id, plan: 'prepaid' })
      await expectAll(id, 50, 0)
      expect((await use(subject(), id, 50)).allowed).toBe(true)
      await expectAll(id, 0, 0)
    })

    it('is paid by credits at their own time, whatever jobs run', async () => {
      const { clock } = subject()
      const id = await fresh('prepaid')
      await give(subject(), id, 10, { everyMonths: 1 })
      await record(subject(), id, 35)
      await expectAll(id, -25, 25)
      // 10 on 10 April, 10 on 10 May, 5 on 10 June.
      await clock.set('2026-06-10T12:00:00Z')
      await expectAll(id, 5, 0)
    })

    it('is not caused by recurring credits that a pause suspends', async () => {
      const { tollgate, clock } = subject()
      const id = await fresh()
      await give(subject(), id, 60, { everyMonths: 1, startsAt: '2026-03-10T12:04:00Z' })
      await record(subject(), id, 143)
      await tollgate.subscriptions.pause({ organizationId: id })
      await clock.set('2026-03-11T12:00:00Z')
      // Without a grant no credits are accounted, so use past the allowance belongs to the plan.
      const { available, debt } = await tollgate.grants.balance({ organizationId: id })
      expect({ available, debt }).toEqual({ available: 0, debt: 0 })
    })

    it('appears in a settlement as in the balance, even if a grant has expired since', async () => {
      const { clock } = subject()
      const id = await fresh()
      await give(subject(), id, 30, { priority: 1, expiresAt: '2026-03-10T12:05:00Z' })
      const hold = await holdForty(id)
      await clock.set('2026-03-10T12:06:00Z')
      const settled = await hold.settle({ properties: { credits: 15 } })
      expect(settled.usage.remainingCredits).toBe(100)
      await expectAll(id, 100, 0)
    })

    it('appears in a settlement in the next period as in its balance', async () => {
      const { clock } = subject()
      const id = await fresh()
      await clock.set('2026-03-31T23:30:00Z')
      await give(subject(), id, 30)
      const hold = await holdForty(id)
      await clock.set('2026-04-01T00:10:00Z')
      const settled = await hold.settle({ properties: { credits: 120 } })
      expect(settled.usage.remainingCredits).toBe(110)
      await expectAll(id, 110, 0)
    })
  },
  creditsOnly,
)
