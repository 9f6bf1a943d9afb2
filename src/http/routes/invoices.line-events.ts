import { invoiceLineEventsSchema } from '../../contract/invoice-events.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { idParameterSchema, integerParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

const MOST_LINES = 32_767

/** The events that a line of an invoice is made up of. */
export const invoicesLineEvents = defineRoute({
  operationId: 'invoices.line-events',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices/{invoiceId}/lines/{line}/events',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'The events of an invoice line',
  description:
    'Everything that the line’s meter counted in the windows that were billed with it, in the ' +
    'order in which it happened, what is included among it. A price of a plan has none.',
  params: organizationParameters.extend({
    invoiceId: idParameterSchema,
    line: integerParameterSchema(1, MOST_LINES),
  }),
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: invoiceLineEventsSchema } },
  problems: ['not_found'],
  run: async ({ tollgate, organizationId, params: { invoiceId, line }, query }) =>
    json(await tollgate.billing.lineEvents(organizationId, invoiceId, line, query)),
})
