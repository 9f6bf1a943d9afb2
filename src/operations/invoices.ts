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
    description: 'One invoice per closed billing period, latest period first.',
    query: pageRequestSchema,
    output: invoicePageSchema,
    answer: 'A page of invoices.',
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
      'The price of the whole period, and the overage so far. The same calculation closes the ' +
      'period.',
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
    description: 'Each line shows the steps of its calculation and is rounded once.',
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
      "Every event that the line's meter counted in the billed windows, in time order, " +
      "including the included amount. A line for a plan's price has none.",
    params: { line: z.number().int().min(1).max(MOST_LINES) },
    query: pageRequestSchema,
    output: invoiceLineEventsSchema,
    answer: 'A page of events.',
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
      'The next invoice begins with it as a credit. All credit notes of an invoice together ' +
      'never exceed its total.',
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
    description: 'Oldest first, at most 1,000, each with the invoice that applies it.',
    output: creditNotesSchema,
    answer: 'All credit notes.',
    repeat: 'read',
    problems: ['not_found'],
    http: { wrap: 'creditNotes' },
  }),
] as const
