import { creditNoteInputSchema, creditNoteSchema } from '../../contract/credit-notes.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { idParameterSchema } from '../parameters.ts'
import { json, replayHeaders } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Gives back of an invoice. */
export const creditNotesCreate = defineRoute({
  operationId: 'credit-notes.create',
  method: 'post',
  path: '/api/organizations/{orgId}/invoices/{invoiceId}/credit-notes',
  access: 'admin',
  tag: 'Billing',
  summary: 'Give back of an invoice',
  description:
    'The next invoice begins with it as a credit. All notes of an invoice together never come to ' +
    'more than it did.',
  params: organizationParameters.extend({ invoiceId: idParameterSchema }),
  body: uncheckedBody(creditNoteInputSchema, { amount: '12.50', reason: 'an outage in March' }),
  idempotencyKey: true,
  answers: { 201: { description: 'The credit note.', schema: creditNoteSchema } },
  problems: ['not_found', 'idempotency_conflict'],
  run: async (call) => {
    const { acting, body, params } = call
    const { value, replayed } = await call.tollgate.billing.createCreditNote(
      params.orgId,
      params.invoiceId,
      body,
      acting,
    )
    return json(value, 201, replayHeaders(replayed))
  },
})
