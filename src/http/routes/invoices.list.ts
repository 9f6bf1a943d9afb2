import { invoicePageSchema } from '../../contract/billing.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of an organization's invoices. */
export const invoicesList = defineRoute({
  operationId: 'invoices.list',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'List invoices',
  description: 'One for each billing period that is closed, the latest period first.',
  params: organizationParameters,
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: invoicePageSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.billing.invoices(call.organizationId, call.query)),
})
