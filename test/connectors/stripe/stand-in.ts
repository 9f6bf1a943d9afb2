import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import type { StripeEventInput } from '../../../src/contract/stripe.ts'
import type { Tollgate } from '../../../src/contract/tollgate.ts'
import { faultsOf } from './parameter-check.ts'
import { StandInAccount, type StoodInRequest, type StripeItem } from './stand-in-account.ts'
import { type Answer, refusal } from './stand-in-answer.ts'

export type { StripeItem } from './stand-in-account.ts'

const KEY_LIFE_MS = 86_400_000

export const WEBHOOK_SECRET = 'whsec_of_the_tests'

/** A failure of a request; some happen after it took effect. */
export type Failing =
  | 'rate-limit'
  /** With a Retry-After. */
  | 'rate-limit-for-two-hours'
  /** Refused once, and replayed under its key for a day. */
  | 'cached-rate-limit'
  /** The item's invoice was finalized meanwhile. */
  | 'not-editable'
  | 'error'
  | 'error-when-done'
  | 'reset'
  | 'reset-when-done'
  /** The connection breaks in the middle of the answer. */
  | 'half-an-answer'
  | 'silence'
  | 'silence-when-done'

interface Saved {
  readonly atMs: number
  readonly params: string
  readonly status: number
  readonly body: string
}

/** An event as delivered. */
export interface Delivery {
  readonly id: string
  readonly body: string
  readonly signature: string
}

/** A stateful Stripe: a real server, with the part of the API that is used here. */
export interface StripeStandIn {
  readonly url: string
  /** Changes in the account that Tollgate did not cause. */
  readonly account: StandInAccount
  /** All items, oldest first. */
  readonly items: readonly StripeItem[]
  readonly requests: readonly StoodInRequest[]
  /**
   * The requests that Stripe would refuse by its published parameters; reading clears them. Any
   * unread ones make closing fail, and so the test.
   */
  takeFaults(): readonly string[]
  /** Decides the failures of the next requests. */
  failWhen(rule: (request: StoodInRequest) => Failing | undefined): void
  /** A signed event about an object; a v2 event if its type says so. */
  event(type: string, objectId: string, options?: EventOptions): Delivery
  close(): Promise<void>
}

interface EventOptions {
  readonly id?: string
  readonly secret?: string
  /** The time of the signature; now by default. */
  readonly signedAt?: Date
}

export const openStripeStandIn = async (options: {
  readonly now: () => Date
  readonly knowsKeys?: boolean
}): Promise<StripeStandIn> => {
  const { now, knowsKeys = true } = options
  const account = new StandInAccount(now)
  const saved = new Map<string, Saved>()
  const requests: StoodInRequest[] = []
  const faults: string[] = []
  let rule: (request: StoodInRequest) => Failing | undefined = () => undefined

  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://stand-in')
    const body = new URLSearchParams(await textOf(incoming))
    const request = { method: incoming.method ?? '', path: url.pathname, body }
    requests.push(request)
    const idempotencyKey = incoming.headers['idempotency-key']?.toString()
    const wrong = faultsOf({ ...request, query: url.searchParams, idempotencyKey })
    if (wrong.length > 0) {
      faults.push(...wrong)
      send(response, refusal(400, 'invalid_request_error', wrong.join('; ')))
      return
    }
    const key = knowsKeys ? idempotencyKey : undefined
    const before = key === undefined ? undefined : saved.get(key)
    if (before && now().getTime() - before.atMs < KEY_LIFE_MS) {
      const isSame = before.params === body.toString()
      const conflict = refusal(400, 'idempotency_error', 'Keys are for the same parameters')
      send(response, isSame ? before : conflict, isSame ? { 'idempotent-replayed': 'true' } : {})
      return
    }
    const failing = rule(request)
    const save = (answer: Answer) => {
      if (key === undefined) return
      saved.set(key, { ...answer, atMs: now().getTime(), params: body.toString() })
    }
    answerWith(response, failing, () => account.answer(request, url.searchParams), save)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    account,
    items: account.items,
    requests,
    failWhen: (given) => {
      rule = given
    },
    event: (type, objectId, given = {}) => signedEvent(now(), type, objectId, given),
    takeFaults: () => faults.splice(0),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      if (faults.length > 0) throw new Error(`Stripe takes no such requests: ${faults.join('\n')}`)
    },
  }
}

const answerWith = (
  response: ServerResponse,
  failing: Failing | undefined,
  run: () => Answer,
  save: (answer: Answer) => void,
): void => {
  const keep = (answer: Answer): Answer => {
    save(answer)
    return answer
  }
  const tell = (answer: Answer) => send(response, answer)
  const cut = () => response.socket?.resetAndDestroy()
  switch (failing) {
    case undefined:
      tell(keep(run()))
      break
    case 'rate-limit':
      // A request that did not begin is not stored.
      tell(refusal(429, 'rate_limit_error', 'Too many requests'))
      break
    case 'cached-rate-limit':
      tell(keep(refusal(429, 'rate_limit_error', 'Lock timeout')))
      break
    case 'rate-limit-for-two-hours':
      tell(
        refusal(429, 'rate_limit_error', 'Too many requests', {
          headers: { 'retry-after': '7200' },
        }),
      )
      break
    case 'not-editable':
      tell(
        keep(
          refusal(400, 'invalid_request_error', 'This invoice is no longer editable', {
            code: 'invoice_not_editable',
          }),
        ),
      )
      break
    case 'error-when-done':
      run()
      tell(keep(refusal(500, 'api_error', 'Something went wrong')))
      break
    case 'error':
      tell(keep(refusal(500, 'api_error', 'Something went wrong')))
      break
    case 'reset-when-done':
      keep(run())
      cut()
      break
    case 'reset':
      cut()
      break
    case 'half-an-answer': {
      const { status, body } = keep(run())
      response.writeHead(status, { 'content-length': Buffer.byteLength(body) })
      response.write(body.slice(0, body.length / 2), cut)
      break
    }
    case 'silence-when-done':
      keep(run())
      break
    case 'silence':
      break
  }
}

const send = (
  response: ServerResponse,
  { status, body, headers: own = {} }: Answer,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...own, ...headers })
  response.end(body)
}

const textOf = async (incoming: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of incoming) text += part
  return text
}

/** Signed by the official SDK, exactly like Stripe's deliveries. */
const signedEvent = (now: Date, type: string, objectId: string, given: EventOptions): Delivery => {
  const { id = `evt_${crypto.randomUUID()}`, secret = WEBHOOK_SECRET, signedAt = now } = given
  const body = JSON.stringify(
    type.startsWith('v1.')
      ? {
          id,
          object: 'v2.core.event',
          type,
          created: now.toISOString(),
          related_object: { id: objectId, type: 'billing.meter', url: '/' },
        }
      : {
          id,
          object: 'event',
          type,
          created: Math.floor(now.getTime() / 1_000),
          // Its time and state are old, so no receiver may rely on them.
          data: { object: { id: objectId, status: 'as_it_never_was' } },
        },
    undefined,
    2,
  )
  const timestamp = Math.floor(signedAt.getTime() / 1_000)
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp })
  return { id, body, signature }
}

/** Delivers an event to an engine like a receiving handler: the body and its signature. */
export const deliver = (
  { stripe }: Pick<Tollgate, 'stripe'>,
  { body, signature }: StripeEventInput,
): ReturnType<Tollgate['stripe']['receive']> => stripe.receive({ body, signature })

const MOST_DELIVERIES = 20

/**
 * Delivers like Stripe: retries when told to, because of too many requests or an unavailable store.
 */
export const deliverUntilTaken = async (
  tollgate: Pick<Tollgate, 'stripe'>,
  event: StripeEventInput,
): ReturnType<Tollgate['stripe']['receive']> => {
  for (let delivery = 1; ; delivery += 1) {
    try {
      return await deliver(tollgate, event)
    } catch (error) {
      if ((error as { code?: string }).code !== 'unavailable' || delivery === MOST_DELIVERIES) {
        throw error
      }
    }
  }
}
