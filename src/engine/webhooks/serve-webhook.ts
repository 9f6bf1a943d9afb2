import type { ClaimedEndpoint, DueDelivery } from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import type { DeliveryBatches } from './delivery-batches.ts'
import type { Serve, Turn } from './dispatcher.ts'
import type { Send } from './send-webhook.ts'
import { writeTry } from './write-try.ts'

/** Deliveries under way at once to one endpoint, and to one that failed last. */
const AT_ONCE = 8
const AT_ONCE_FAILING = 2
/** So many in one turn; what is left is for the next, when others had theirs. */
const MOST_A_TURN = 200
/** What is under way is among it, since it waits until it is written. */
export const MOST_FETCHED: number = 50

type Parts = Pick<Context, 'db' | 'clock' | 'log'>

/** Sends an endpoint what is due, some at once. */
export const webhookServer =
  (ctx: Parts, batches: DeliveryBatches, send: Send): Serve =>
  async (endpoint, turn) => {
    const atOnce = endpoint.failing_since === null ? AT_ONCE : AT_ONCE_FAILING
    const underWay = new Map<string, Promise<void>>()
    let waiting: DueDelivery[] = []
    let sent = 0
    let isOver = false
    /** What is left, or came meanwhile, makes it due again when it is given back. */
    let isMore = true
    const goesOn = () => !isOver && sent < MOST_A_TURN && turn.goesOn()
    try {
      for (;;) {
        if (waiting.length === 0 && isMore && goesOn()) {
          // As it is now: what ends while this is read may be read as waiting.
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

/** Whether the turn may go on. Never throws: what cannot be written down is tried again later. */
const tryOnce = async (
  ctx: Parts,
  { batches, send }: { readonly batches: DeliveryBatches; readonly send: Send },
  { endpoint, delivery }: { readonly endpoint: ClaimedEndpoint; readonly delivery: DueDelivery },
  { lease, signal }: Turn,
): Promise<boolean> => {
  const triedAt = ctx.clock.now()
  try {
    const outcome = await send(endpoint, delivery, signal)
    // Cut by ourselves: nobody knows whether it came through, and it is sent again.
    if (signal.aborted && outcome.status === null) return false
    const tookMs = ctx.clock.now().getTime() - triedAt.getTime()
    return await writeTry(ctx, batches, lease, { endpoint, delivery, outcome, triedAt, tookMs })
  } catch (error) {
    ctx.log.warn({ error, deliveryId: delivery.delivery_id }, 'a delivery could not be made')
    return false
  }
}
