import Stripe from 'stripe'
import { z } from 'zod'
import type { StripeNotice } from '../../contract/stripe-account.ts'

/** The greatest age of a signature. */
const TOLERANCE_S = 300

const snapshotSchema = z.object({
  object: z.literal('event'),
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.number(),
  data: z.object({ object: z.object({ id: z.string().max(255).optional() }) }),
})

/** Events of the newer kind, which only say that something happened. */
const thinSchema = z.object({
  object: z.literal('v2.core.event'),
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.iso.datetime(),
  related_object: z.object({ id: z.string().max(255) }).nullish(),
})

const eventSchema = z.discriminatedUnion('object', [snapshotSchema, thinSchema])

/**
 * Reads an event if its signature is valid for one of the secrets. Two are valid while one replaces
 * the other.
 */
export const readNotice = async (
  stripe: Stripe,
  secrets: readonly string[],
  given: { readonly body: string; readonly signature: string; readonly at: Date },
): Promise<StripeNotice | undefined> => {
  const checks = secrets.map((secret) => isSignedBy(stripe, secret, given))
  if (!(await Promise.all(checks)).includes(true)) return undefined
  const { data: event } = eventSchema.safeParse(JSON.parse(given.body))
  if (!event) throw new SyntaxError('it is no event of Stripe')
  const { id, type } = event
  return event.object === 'event'
    ? { id, type, objectId: event.data.object.id ?? null, createdAt: secondsToDate(event.created) }
    : { id, type, objectId: event.related_object?.id ?? null, createdAt: new Date(event.created) }
}

const isSignedBy = async (
  stripe: Stripe,
  secret: string,
  { body, signature, at }: { body: string; signature: string; at: Date },
): Promise<boolean> => {
  try {
    const found = stripe.webhooks.signature?.verifyHeaderAsync(
      ...([body, signature, secret, TOLERANCE_S, undefined, at.getTime()] as const),
    )
    return (await found) === true
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}

const secondsToDate = (seconds: number): Date => new Date(seconds * 1_000)
