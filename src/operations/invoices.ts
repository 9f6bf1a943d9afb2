import { z } from 'zod'
import {
  invoicePageSchema,
  invoicePreviewSchema,
  invoiceWithLinesSchema,
} from '../contract/billing.ts'
import {
  creditNoteInputSchema,
  creditNoteSchema,
  creditNotesSchema,
} from '../contract/credit-notes.ts'
import { invoiceLineEventsSchema } from '../contract/invoice-events.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { operation } from './operation.ts'

/** The largest number of a `smallint`. */
const MOST_LINES = 32_767

export const invoicesOperations = [
  operation({
    name: 'invoices.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'List invoices',
    description: 'One for each billing period that is closed, the latest period first.',
    query: pageRequestSchema,
    output: invoicePageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'invoices.preview',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/preview',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'Preview the invoice of the current period',
    description:
      'With the price of the whole period, and the overage so far. The same arithmetic closes it.',
    output: invoicePreviewSchema,
    answer: 'The draft.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'invoices.get',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'Get an invoice with its lines',
    description: 'Each line has the steps that it is made up of, and is rounded once.',
    output: invoiceWithLinesSchema,
    answer: 'The invoice.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'invoices.lineEvents',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}/lines/{line}/events',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'List the events of an invoice line',
    description:
      'Everything that the line’s meter counted in the windows that were billed with it, in the ' +
      'order in which it happened, what is included among it. A price of a plan has none.',
    params: { line: z.number().int().min(1).max(MOST_LINES) },
    query: pageRequestSchema,
    output: invoiceLineEventsSchema,
    answer: 'A page of them.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'creditNotes.create',
    method: 'post',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}/credit-notes',
    right: 'admin',
    tag: 'Billing',
    summary: 'Create a credit note',
    description:
      'The next invoice begins with it as a credit. All notes of an invoice together never come to ' +
      'more than it did.',
    body: creditNoteInputSchema,
    example: { amount: '12.50', reason: 'an outage in March' },
    output: creditNoteSchema,
    answer: 'The credit note.',
    repeat: 'keyed',
    problems: ['not_found', 'idempotency_conflict'],
    http: { status: 201, form: 'replayable' },
  }),
  operation({
    name: 'creditNotes.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/invoices/{invoiceId}/credit-notes',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'List credit notes',
    description:
      'In the order in which it was, at most 1,000, each with the invoice that it is on.',
    output: creditNotesSchema,
    answer: 'All of them.',
    repeat: 'read',
    problems: ['not_found'],
    http: { wrap: 'creditNotes' },
  }),
] as const
