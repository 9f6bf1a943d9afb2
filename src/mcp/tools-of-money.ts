import type { Arguments, Tool } from './tool.ts'

/** Tools for plans, credits and invoices of an organization. */
export const READING_MONEY: readonly Tool[] = [
  {
    name: 'list_plans',
    title: 'Plans on offer',
    description:
      'The plans that an organization may choose among, with prices, limits and features, and which ' +
      'one it is on.',
    operations: ['subscriptions.plans'],
    cuts: 'plans',
  },
  {
    name: 'compare_plans',
    title: 'The period on another plan',
    description:
      'The current period on another plan beside the present one: which limits would have refused, ' +
      'what overage it would have charged, and the difference in US dollars.',
    operations: ['usage.onAnotherPlan'],
  },
  {
    name: 'recommend_plan',
    title: 'Which plan suits',
    description:
      'The plan that suits what an organization used in this period and the three before it, with ' +
      'the figures behind it for all plans that compete.',
    operations: ['usage.recommendation'],
    cuts: 'plans',
  },
  {
    name: 'get_credits',
    title: 'Credits',
    description:
      'The balance of credits of an organization, and of what it is made: the allowance of the plan, ' +
      'grants, and the debt.',
    operations: ['grants.balance'],
    cuts: 'grants',
  },
  {
    name: 'list_invoices',
    title: 'Invoices',
    description: 'The invoices of an organization, one for each closed period, the latest first.',
    operations: ['invoices.list'],
  },
  {
    name: 'get_invoice',
    title: 'An invoice with its lines',
    description:
      'An invoice with its lines, each with the steps that it is made up of. Lines are numbered ' +
      'from 1, as `explain_invoice_line` takes them.',
    operations: ['invoices.get'],
    cuts: 'lines',
  },
  {
    name: 'preview_invoice',
    title: 'The running period’s invoice',
    description: 'The invoice of the running period as it stands now, with the overage so far.',
    operations: ['invoices.preview'],
    cuts: 'lines',
  },
  {
    name: 'explain_invoice_line',
    title: 'Explain an invoice line',
    description:
      'One line of an invoice: the steps of its price, the total of its meter, and the events behind ' +
      'it in the order in which they happened, a page at a time.',
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
