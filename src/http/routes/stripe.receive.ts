import { z } from 'zod'
import { stripeEventReceivedSchema } from '../../contract/stripe.ts'
import { readText } from '../read-body.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

const eventSchema = z
  .looseObject({ id: z.string(), object: z.string(), type: z.string() })
  .describe('an event as Stripe sends it, byte for byte: its signature is of the bytes')

/** Takes events of Stripe. What lets them in is their signature. */
export const stripeReceive = defineRoute({
  operationId: 'stripe.receive',
  method: 'post',
  path: '/api/webhooks/stripe',
  access: 'public',
  tag: 'Billing',
  summary: 'Take an event of Stripe',
  description:
    'For an event destination at Stripe, signed with `Stripe-Signature`. An event takes effect once ' +
    'however often it comes, and events may come in any order: how things stand is asked of Stripe. ' +
    'What is not signed by a secret known here, or was signed more than five minutes ago, is refused ' +
    'with 400, and nothing is written. Events of other types are kept, and nothing follows.',
  body: {
    formats: {
      'application/json': {
        schema: eventSchema,
        example: { id: 'evt_1', object: 'event', type: 'invoice.paid' },
      },
    },
    read: readText,
  },
  answers: { 200: { description: 'It was taken.', schema: stripeEventReceivedSchema } },
  problems: [
    ...(['invalid_request', 'not_found', 'body_too_large', 'unsupported_media_type'] as const),
    ...(['unprocessable', 'unavailable', 'internal'] as const),
  ],
  run: async ({ tollgate, body, request }) => {
    const signature = request.headers.get('stripe-signature')
    return json(await tollgate.billing.receiveStripeEvent({ body, signature }))
  },
})
