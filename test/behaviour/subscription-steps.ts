import type { Subject } from './describe-tollgate.ts'

/** What tests of subscriptions do, each with an organization and a year of its own. */
export const subscriptionSteps = (subject: () => Subject) => {
  let count = 0
  return {
    /** A new one on the first of a month of 30 days, in a later year each time. */
    fresh: async (plan: string, more: { trialEndsAt?: string } = {}) => {
      count += 1
      const year = 2026 + count
      await subject().clock.set(`${year}-06-01T00:00:00Z`)
      const id = `sub-${count}`
      const at = (text: string) => `${year}-${text}`
      const trialEndsAt = more.trialEndsAt && at(more.trialEndsAt)
      const input = { id, name: id, plan: `subscribed/${plan}`, trialEndsAt }
      await subject().tollgate.organizations.create(input)
      return { id, at, to: (text: string) => subject().clock.set(at(text)) }
    },
    /** One that begins at an instant of the next year that is a leap year, or is none. */
    anchored: async (instant: string, inLeapYear: boolean) => {
      do count += 1
      while (((2026 + count) % 4 === 0) !== inLeapYear)
      await subject().clock.set(`${2026 + count}-${instant}`)
      const id = `sub-${count}`
      await subject().tollgate.organizations.create({ id, name: id, plan: 'subscribed/pro' })
      return id
    },
    /** Or each closing of periods would close years of the others. */
    closeLast: () => subject().tollgate.organizations.close({ organizationId: `sub-${count}` }),
    call: async (organizationId: string, calls = 1) => {
      const quantities = { calls }
      const event = { organizationId, eventType: 'call', quantities }
      return await subject().tollgate.track(event)
    },
    /** The lines of its invoices, the first period first. */
    invoicesOf: async (id: string) => {
      const { billing, invoices } = subject().tollgate
      await billing.run()
      const { items } = await invoices.list({ organizationId: id })
      const all = await Promise.all(
        [...items].reverse().map((one) => invoices.get({ organizationId: id, invoiceId: one.id })),
      )
      return all.map(({ lines }) => lines.map(({ kind, amount }) => `${kind} ${amount}`))
    },
    /** What the audit log has of it, the first act first. */
    actions: async (id: string) =>
      (await subject().tollgate.audit.list({ organizationId: id, category: 'organization' })).items
        .map(({ action }) => action)
        .reverse(),
  }
}
