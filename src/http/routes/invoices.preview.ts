import { invoicePreviewSchema } from '../../contract/billing.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What the running period comes to so far. */
export const invoicesPreview = defineRoute({
  operationId: 'invoices.preview',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices/preview',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'The invoice of the running period, as it stands now',
  description:
    'With the price of the whole period, and the overage so far. The same arithmetic closes it.',
  params: organizationParameters,
  answers: { 200: { description: 'The draft.', schema: invoicePreviewSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.billing.preview(call.organizationId)),
})
