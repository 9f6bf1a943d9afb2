import { z } from 'zod'
import { stripeCustomerSchema, stripeCustomerSetSchema } from '../contract/billing.ts'
import {
  collectedSinceSchema,
  collectSinceSchema,
  reconcileInputSchema,
  reconciliationSchema,
  stripeEventReceivedSchema,
  stripeEventSchema,
  stripeLinkSchema,
} from '../contract/stripe.ts'
import { operation } from './operation.ts'

const eventSchema = z
  .looseObject({ id: z.string(), object: z.string(), type: z.string() })
  .describe('an event as Stripe sends it, byte for byte: its signature is of the bytes')

export const stripeOperations = [
  operation({
    name: 'stripe.link',
    method: 'get',
    path: '/api/organizations/{organizationId}/stripe-customer',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'Get the Stripe customer of an organization',
    description: 'With the state of its subscriptions there, as Stripe told it last.',
    output: stripeLinkSchema,
    answer: 'As it is known here.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'stripe.setCustomer',
    method: 'post',
    path: '/api/organizations/{organizationId}/stripe-customer',
    right: 'admin',
    tag: 'Billing',
    summary: 'Link an organization to a Stripe customer',
    description:
      'Overage is billed to this customer from now on. Charges that wait are tried by the next run.',
    body: stripeCustomerSchema,
    example: { customerId: 'cus_NffrFeUfNV2Hib' },
    output: stripeCustomerSetSchema,
    answer: 'As it is now.',
    repeat: 'never',
    problems: ['not_found', 'already_exists'],
  }),
  operation({
    name: 'stripe.receive',
    method: 'post',
    path: '/api/webhooks/stripe',
    right: 'public',
    tag: 'Billing',
    summary: 'Receive a webhook of Stripe',
    description:
      'For an event destination at Stripe, signed with `Stripe-Signature`. An event takes effect once ' +
      'however often it comes, and events may come in any order: how things stand is asked of Stripe. ' +
      'What is not signed by a secret known here, or was signed more than five minutes ago, is refused ' +
      'with 400, and nothing is written. Events of other types are kept, and nothing follows.',
    body: stripeEventSchema,
    documented: eventSchema,
    example: { id: 'evt_1', object: 'event', type: 'invoice.paid' },
    output: stripeEventReceivedSchema,
    answer: 'It was taken.',
    repeat: 'first',
    problems: [
      ...(['invalid_request', 'not_found', 'body_too_large', 'unsupported_media_type'] as const),
      ...(['unprocessable', 'unavailable', 'internal'] as const),
    ],
    http: { form: 'raw', headers: { signature: 'stripe-signature' } },
  }),
  operation({
    name: 'stripe.reconcile',
    method: 'post',
    path: '/api/admin/stripe/reconcile',
    right: 'admin',
    tag: 'Billing',
    summary: 'Reconcile the books with Stripe',
    description:
      'Every charge that was written down in a stretch of time with its invoice item, every item that ' +
      'says it is of a charge with the books, and what was sent to meters with what they have. Asks ' +
      'Stripe for each customer, so it takes a while, and changes nothing on either side.',
    body: reconcileInputSchema,
    example: { from: '2026-01-01T00:00:00Z' },
    output: reconciliationSchema,
    answer: 'What differs.',
    repeat: 'read',
    problems: ['not_found', 'unprocessable', 'unavailable'],
  }),
  operation({
    name: 'stripe.collectSince',
    method: 'post',
    path: '/api/admin/stripe/collect',
    right: 'admin',
    tag: 'Billing',
    summary: 'Collect at Stripe what was closed without it',
    description:
      'Invoices that were closed while no key of Stripe was set are not collected by themselves. ' +
      'This writes their overage, adjustments and credit notes down to be collected by the next ' +
      'run: of periods that ended at an instant or later. Called again, it collects nothing twice.',
    body: collectSinceSchema,
    example: { since: '2026-01-01T00:00:00Z', dryRun: true },
    output: collectedSinceSchema,
    answer: 'What is collected by the next run.',
    repeat: 'first',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
