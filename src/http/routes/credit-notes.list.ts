import { creditNotesSchema } from '../../contract/credit-notes.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What was given back of an invoice. */
export const creditNotesList = defineRoute({
  operationId: 'credit-notes.list',
  method: 'get',
  path: '/api/organizations/{orgId}/invoices/{invoiceId}/credit-notes',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'What was given back of an invoice',
  description: 'In the order in which it was, at most 1,000, each with the invoice that it is on.',
  params: organizationParameters.extend({ invoiceId: idParameterSchema }),
  answers: { 200: { description: 'All of them.', schema: creditNotesSchema } },
  problems: ['not_found'],
  run: async ({ tollgate, organizationId, params: { invoiceId } }) =>
    json({ creditNotes: await tollgate.billing.creditNotes(organizationId, invoiceId) }),
})
