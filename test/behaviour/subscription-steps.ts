import type { Subject } from './describe-tollgate.ts'

/** Common steps of subscription tests. Each has its own organization and year. */
export const subscriptionSteps = (subject: () => Subject) => {
  let count = 0
  return {
    /** A new organization on the first of a 30-day month, in a later year each time. */
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
    /** One that begins at an instant of the next leap year, or of the next common year. */
    anchored: async (instant: string, inLeapYear: boolean) => {
      do count += 1
      while (((2026 + count) % 4 === 0) !== inLeapYear)
      await subject().clock.set(`${2026 + count}-${instant}`)
      const id = `sub-${count}`
      await subject().tollgate.organizations.create({ id, name: id, plan: 'subscribed/pro' })
      return id
    },
    /** Otherwise closing periods would close the years of other tests. */
    closeLast: () => subject().tollgate.organizations.close({ organizationId: `sub-${count}` }),
    call: async (organizationId: string, calls = 1) => {
      const quantities = { calls }
      const event = { organizationId, eventType: 'call', quantities }
      return await subject().tollgate.track(event)
    },
    /** The lines of its invoices, first period first. */
    invoicesOf: async (id: string) => {
      const { billing, invoices } = subject().tollgate
      await billing.run()
      const { items } = await invoices.list({ organizationId: id })
      const all = await Promise.all(
        [...items].reverse().map((one) => invoices.get({ organizationId: id, invoiceId: one.id })),
      )
      return all.map(({ lines }) => lines.map(({ kind, amount }) => `${kind} ${amount}`))
    },
    /** Its entries in the audit log, oldest first. */
    actions: async (id: string) =>
      (await subject().tollgate.audit.list({ organizationId: id, category: 'organization' })).items
        .map(({ action }) => action)
        .reverse(),
  }
}
