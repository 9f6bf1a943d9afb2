import type { Arguments, Tool } from './tool.ts'

/** Tools for plans, credits and invoices of an organization. */
export const READING_MONEY: readonly Tool[] = [
  {
    name: 'list_plans',
    title: 'Available plans',
    description:
      'The plans that an organization may choose, with prices, limits and features, and its ' +
      'current plan.',
    operations: ['subscriptions.plans'],
    cuts: 'plans',
  },
  {
    name: 'compare_plans',
    title: 'Current period on another plan',
    description:
      'What the current period would have been on another plan: which limits would have ' +
      'refused calls, the overage, and the difference in US dollars.',
    operations: ['usage.onAnotherPlan'],
  },
  {
    name: 'recommend_plan',
    title: 'Recommend a plan',
    description:
      "The plan that fits an organization's use in this period and the three before it, with " +
      'the figures for all candidates.',
    operations: ['usage.recommendation'],
    cuts: 'plans',
  },
  {
    name: 'get_credits',
    title: 'Credits',
    description:
      "The credits of an organization, with their parts: the plan's allowance, grants, and " +
      'debt.',
    operations: ['grants.balance'],
    cuts: 'grants',
  },
  {
    name: 'list_invoices',
    title: 'Invoices',
    description: 'The invoices of an organization, one per closed period, latest first.',
    operations: ['invoices.list'],
  },
  {
    name: 'get_invoice',
    title: 'An invoice with its lines',
    description:
      'An invoice with its lines and the steps of their calculation. Lines are numbered from ' +
      '1, as `explain_invoice_line` expects.',
    operations: ['invoices.get'],
    cuts: 'lines',
  },
  {
    name: 'preview_invoice',
    title: "Current period's invoice",
    description: 'The invoice of the current period as it is now, with the overage so far.',
    operations: ['invoices.preview'],
    cuts: 'lines',
  },
  {
    name: 'explain_invoice_line',
    title: 'Explain an invoice line',
    description:
      'One line of an invoice: the steps of its price, the total of its meter, and the events ' +
      'behind it in time order, a page at a time.',
    operations: ['invoices.lineEvents', 'invoices.get'],
    puts: {
      fields: { invoice: 'invoices.get', events: 'invoices.lineEvents' },
      page: 'events',
      together: async ({ ask }, input) => {
        const { organizationId, invoiceId, line } = input
        const events = await ask('invoices.lineEvents', input)
        const invoice = await ask('invoices.get', { organizationId, invoiceId })
        return { invoice: withOneLine(invoice, line), events }
      },
    },
  },
]

/** Keeps only the requested line of an invoice. */
const withOneLine = (invoice: unknown, line: unknown): Arguments => {
  const { lines, ...rest } = invoice as { readonly lines: readonly unknown[] }
  return { ...rest, lines: lines.slice(Number(line) - 1, Number(line)) }
}
