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
  .describe('an event from Stripe, byte for byte, because the signature covers the bytes')

export const stripeOperations = [
  operation({
    name: 'stripe.link',
    method: 'get',
    path: '/api/organizations/{organizationId}/stripe-customer',
    right: 'invoices.read',
    tag: 'Billing',
    summary: 'Get the Stripe customer of an organization',
    description: 'Includes the last known state of its subscriptions at Stripe.',
    output: stripeLinkSchema,
    answer: 'The link as stored here.',
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
      'Overage is billed to this customer from now on. The next run retries pending charges.',
    body: stripeCustomerSchema,
    example: { customerId: 'cus_NffrFeUfNV2Hib' },
    output: stripeCustomerSetSchema,
    answer: 'The updated link.',
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
      'The URL of an event destination at Stripe, verified by `Stripe-Signature`. An event ' +
      'takes effect once, however often it arrives, and in any order, because Tollgate asks ' +
      'Stripe for the current state. Unknown signatures and those older than five minutes get ' +
      '400, and nothing is stored. Events of other types are stored and have no effect.',
    body: stripeEventSchema,
    documented: eventSchema,
    example: { id: 'evt_1', object: 'event', type: 'invoice.paid' },
    output: stripeEventReceivedSchema,
    answer: 'The event was accepted.',
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
      'Compares every stored charge of a time range with its invoice item, every item that ' +
      "claims to be a charge with the database, and the reported use with Stripe's meters. It " +
      'asks Stripe for each customer, so it takes time. It changes nothing on either side.',
    body: reconcileInputSchema,
    example: { from: '2026-01-01T00:00:00Z' },
    output: reconciliationSchema,
    answer: 'The differences.',
    repeat: 'read',
    problems: ['not_found', 'unprocessable', 'unavailable'],
  }),
  operation({
    name: 'stripe.collectSince',
    method: 'post',
    path: '/api/admin/stripe/collect',
    right: 'admin',
    tag: 'Billing',
    summary: 'Collect what was closed before Stripe was configured',
    description:
      'Invoices that were closed while no Stripe key was configured are not collected ' +
      'automatically. This queues their overage, adjustments and credit notes for the next ' +
      'run, for periods that ended at or after an instant. A repeated call collects nothing ' +
      'twice.',
    body: collectSinceSchema,
    example: { since: '2026-01-01T00:00:00Z', dryRun: true },
    output: collectedSinceSchema,
    answer: 'What the next run will collect.',
    repeat: 'first',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
