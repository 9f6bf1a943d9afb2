import type { ClaimedEndpoint, DueDelivery } from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import type { DeliveryBatches } from './delivery-batches.ts'
import type { Serve, Turn } from './dispatcher.ts'
import type { Send } from './send-webhook.ts'
import { writeTry } from './write-try.ts'

/** The most concurrent deliveries to one endpoint. The second value is for a failing endpoint. */
const AT_ONCE = 8
const AT_ONCE_FAILING = 2
/** The most deliveries in one turn. The next turn takes the rest, after other endpoints. */
const MOST_A_TURN = 200
/**
 * The most deliveries of one read. Those in progress are read again, until their outcome is stored.
 */
export const MOST_FETCHED: number = 50

type Parts = Pick<Context, 'db' | 'clock' | 'log'>

/** Sends the due deliveries of an endpoint, several at once. */
export const webhookServer =
  (ctx: Parts, batches: DeliveryBatches, send: Send): Serve =>
  async (endpoint, turn) => {
    const atOnce = endpoint.failing_since === null ? AT_ONCE : AT_ONCE_FAILING
    const underWay = new Map<string, Promise<void>>()
    let waiting: DueDelivery[] = []
    let sent = 0
    let isOver = false
    /** If any are left, or new ones arrive, the release of the endpoint makes it due again. */
    let isMore = true
    const goesOn = () => !isOver && sent < MOST_A_TURN && turn.goesOn()
    try {
      for (;;) {
        if (waiting.length === 0 && isMore && goesOn()) {
          // Copied before the read: a delivery that ends during the read may still be read as
          // waiting.
          const except = new Set(underWay.keys())
          const due = await batches.due(endpoint.id)
          waiting = due.filter(({ delivery_id: id }) => !except.has(id))
          isMore = due.length === MOST_FETCHED
        }
        while (waiting.length > 0 && underWay.size < atOnce && goesOn()) {
          const delivery = waiting.shift() as DueDelivery
          sent += 1
          const id = delivery.delivery_id
          const trying = tryOnce(ctx, { batches, send }, { endpoint, delivery }, turn).then(
            (mayGoOn) => {
              isOver ||= !mayGoOn
              underWay.delete(id)
            },
          )
          underWay.set(id, trying)
        }
        if (underWay.size === 0) return
        await Promise.race(underWay.values())
        if (!goesOn()) waiting = []
      }
    } finally {
      await Promise.all(underWay.values())
    }
  }

/**
 * Returns true if the turn may continue. Never throws: if the outcome cannot be stored, the
 * delivery is tried again later.
 */
const tryOnce = async (
  ctx: Parts,
  { batches, send }: { readonly batches: DeliveryBatches; readonly send: Send },
  { endpoint, delivery }: { readonly endpoint: ClaimedEndpoint; readonly delivery: DueDelivery },
  { lease, signal }: Turn,
): Promise<boolean> => {
  const triedAt = ctx.clock.now()
  try {
    const outcome = await send(endpoint, delivery, signal)
    // This process aborted the request. The outcome is unknown, so it is sent again.
    if (signal.aborted && outcome.status === null) return false
    const tookMs = ctx.clock.now().getTime() - triedAt.getTime()
    return await writeTry(ctx, batches, lease, { endpoint, delivery, outcome, triedAt, tookMs })
  } catch (error) {
    ctx.log.warn({ error, deliveryId: delivery.delivery_id }, 'a delivery could not be made')
    return false
  }
}
