import { type Answer, ok, refusal } from './stand-in-answer.ts'

interface MeterEvent {
  readonly identifier: string
  readonly event_name: string
  readonly timestamp: number
  readonly customer: string
  readonly value: number
  readonly atMs: number
}

const IDENTIFIER_LIFE_MS = 86_400_000

/** The meters of an account, each created by its first event, with their accepted events. */
export class StandInMeters {
  readonly events: MeterEvent[] = []
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  take(body: URLSearchParams): Answer {
    const identifier = body.get('identifier') ?? ''
    const atMs = this.#now().getTime()
    const timestamp = Number(body.get('timestamp'))
    const isKnown = this.events.some(
      (event) => event.identifier === identifier && atMs - event.atMs < IDENTIFIER_LIFE_MS,
    )
    if (isKnown) {
      const message = `An event already exists with identifier ${identifier}.`
      return refusal(400, 'invalid_request_error', message)
    }
    if (timestamp * 1_000 < atMs - 35 * IDENTIFIER_LIFE_MS) {
      return refusal(400, 'invalid_request_error', 'The timestamp is too far in the past.')
    }
    const event_name = body.get('event_name') ?? ''
    const customer = body.get('payload[stripe_customer_id]') ?? ''
    const value = Number(body.get('payload[value]'))
    this.events.push({ identifier, event_name, timestamp, customer, value, atMs })
    return ok({ object: 'billing.meter_event', identifier, event_name, timestamp })
  }

  list(): Answer {
    const names = [...new Set(this.events.map(({ event_name }) => event_name))]
    const data = names.map((event_name) => ({ id: `mtr_${event_name}`, event_name }))
    return ok({ object: 'list', url: '/v1/billing/meters', has_more: false, data })
  }

  summary(meter: string, query: URLSearchParams): Answer {
    const [start, end] = [Number(query.get('start_time')), Number(query.get('end_time'))]
    const aggregated_value = this.events
      .filter(
        ({ event_name, customer, timestamp }) =>
          `mtr_${event_name}` === meter &&
          customer === query.get('customer') &&
          timestamp >= start &&
          timestamp < end,
      )
      .reduce((sum, { value }) => sum + value, 0)
    const data = [{ id: 'sum', meter, start_time: start, end_time: end, aggregated_value }]
    return ok({ object: 'list', url: '/v1/billing/meters', has_more: false, data })
  }
}
