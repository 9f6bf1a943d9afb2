import { invalid, TollgateError } from '../../contract/errors.ts'
import type { StripeEventInput, StripeEventReceived } from '../../contract/stripe.ts'
import type { StripeNotice } from '../../contract/stripe-account.ts'
import { hasStripeEvent, insertStripeEvent } from '../../storage/tables/stripe-events.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { StripeEffect } from '../billing/stripe-effect.ts'
import type { Context } from '../context.ts'
import { askStripe } from './ask-stripe.ts'
import { effectOf } from './stripe-effects.ts'

/**
 * If newer answers were stored this often meanwhile, it gives up, and Stripe sends the event again.
 */
const MOST_TRIES = 10

/**
 * Processes an event of Stripe. The event only says which object changed: its present state is read
 * from Stripe, so events may arrive in any order.
 *
 * The event's id, its effect and the audit entry are one transaction, so the event takes effect
 * once, however often it arrives. An answer that is older than one stored meanwhile is discarded
 * and read again.
 */
export const receiveStripeEvent = async (
  ctx: Context,
  input: StripeEventInput,
): Promise<StripeEventReceived> => {
  const notice = await noticeOf(ctx, input)
  const { id: eventId, type } = notice
  const told = (outcome: StripeEventReceived['outcome']) => ({ eventId, type, outcome })
  if (await hasStripeEvent(ctx.db, eventId)) {
    ctx.counters.stripeEventsRepeated += 1
    return told('repeated')
  }
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const effect = await askStripe(() => effectOf(ctx, notice))
    const written = await writeDown(ctx, notice, effect)
    if (written === 'stale') continue
    ctx.counters[written === 'repeated' ? 'stripeEventsRepeated' : 'stripeEvents'] += 1
    if (written === 'repeated') return told('repeated')
    effect.afterwards?.()
    return told(effect.outcome)
  }
  throw new TollgateError('unavailable', {
    detail: 'what it is about changes too fast: send it again',
  })
}

const noticeOf = async (
  ctx: Context,
  { body, signature }: StripeEventInput,
): Promise<StripeNotice> => {
  const { collector } = ctx.billing
  if (!collector?.takesNotices) {
    throw new TollgateError('not_found', {
      detail: 'events of Stripe are not taken here: no secret is set',
    })
  }
  const field = 'Stripe-Signature'
  if (!signature) throw invalid({ field, message: 'is required' })
  try {
    const notice = await collector.notice(body, signature, ctx.clock.now())
    if (notice) return notice
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw invalid({ field: 'body', message: 'must be an event of Stripe' })
  }
  throw invalid({ field, message: 'must be of this body, by a secret known here, and recent' })
}

const STALE = Symbol('stale')

const writeDown = async (
  ctx: Context,
  notice: StripeNotice,
  effect: StripeEffect,
): Promise<'written' | 'repeated' | 'stale'> => {
  try {
    return await ctx.db.transaction(async (tx) => {
      const isNew = await insertStripeEvent(tx, {
        id: notice.id,
        type: notice.type,
        object_id: notice.objectId,
        created_at: notice.createdAt,
        received_at: ctx.clock.now(),
        outcome: effect.outcome,
        detail: effect.detail ?? null,
      })
      if (!isNew) return 'repeated'
      const acts = await effect.apply(tx)
      // The event's id is rolled back with it.
      if (acts === 'stale') throw STALE
      if (acts.length > 0) await appendAudit(tx, ctx, ...acts)
      return 'written'
    })
  } catch (error) {
    if (error === STALE) return 'stale'
    throw error
  }
}
