import { invoiceWithLinesSchema } from '../../contract/billing.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** One invoice with the arithmetic of its lines. */
export const invoicesGet = defineRoute({
  operationId: 'invoices.get',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices/{invoiceId}',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'An invoice with its lines',
  description: 'Each line has the steps that it is made up of, and is rounded once.',
  params: organizationParameters.extend({ invoiceId: idParameterSchema }),
  answers: { 200: { description: 'The invoice.', schema: invoiceWithLinesSchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.billing.invoice(call.organizationId, call.params.invoiceId)),
})
