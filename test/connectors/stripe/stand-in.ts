import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const KEY_LIFE_MS = 86_400_000

/** What goes wrong with a request; where it says so, after it was done. */
export type Failing =
  | 'rate-limit'
  /** Refused once, and under its key for a day. */
  | 'cached-rate-limit'
  | 'error'
  | 'error-when-done'
  | 'reset'
  | 'reset-when-done'
  /** The connection breaks in the middle of the answer. */
  | 'half-an-answer'
  | 'silence'
  | 'silence-when-done'

interface StoodInRequest {
  readonly method: string
  readonly path: string
  readonly body: URLSearchParams
}

export interface StripeItem {
  readonly id: string
  readonly object: 'invoiceitem'
  readonly customer: string
  readonly amount: number
  readonly currency: string
  readonly description: string | null
  readonly date: number
  readonly metadata: Readonly<Record<string, string>>
  readonly period: { readonly start: number; readonly end: number }
}

interface Saved {
  readonly atMs: number
  readonly params: string
  readonly status: number
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** A Stripe that remembers: a real server, with as much of the API as is asked for here. */
export interface StripeStandIn {
  readonly url: string
  /** All items ever made, the oldest first. */
  readonly items: readonly StripeItem[]
  readonly requests: readonly StoodInRequest[]
  /** Decides what goes wrong with the requests to come. */
  failWhen(rule: (request: StoodInRequest) => Failing | undefined): void
  close(): Promise<void>
}

export const openStripeStandIn = async (options: {
  readonly now: () => Date
  readonly knowsKeys?: boolean
}): Promise<StripeStandIn> => {
  const { now, knowsKeys = true } = options
  const items: StripeItem[] = []
  const customers = new Set<string>()
  const saved = new Map<string, Saved>()
  const requests: StoodInRequest[] = []
  let rule: (request: StoodInRequest) => Failing | undefined = () => undefined

  const run = (request: StoodInRequest, query: URLSearchParams): Answer => {
    switch (`${request.method} ${request.path}`) {
      case 'POST /v1/customers': {
        const id = `cus_${String(customers.size + 1).padStart(6, '0')}`
        customers.add(id)
        return ok({ id, object: 'customer', metadata: metadataOf(request.body) })
      }
      case 'POST /v1/invoiceitems':
        return makeItem(request.body)
      case 'GET /v1/invoiceitems':
        return listItems(query)
      default:
        return refusal(404, 'invalid_request_error', `Unrecognized request URL ${request.path}`)
    }
  }
  const makeItem = (body: URLSearchParams): Answer => {
    const customer = body.get('customer') ?? ''
    if (!customers.has(customer)) {
      return refusal(400, 'invalid_request_error', `No such customer: '${customer}'`)
    }
    const date = Math.floor(now().getTime() / 1_000)
    const item: StripeItem = {
      id: `ii_${String(items.length + 1).padStart(6, '0')}`,
      object: 'invoiceitem',
      customer,
      amount: Number(body.get('amount')),
      currency: body.get('currency') ?? '',
      description: body.get('description'),
      date,
      metadata: metadataOf(body),
      period: { start: Number(body.get('period[start]')), end: Number(body.get('period[end]')) },
    }
    items.push(item)
    return ok(item)
  }
  const listItems = (query: URLSearchParams): Answer => {
    const limit = Number(query.get('limit') ?? 10)
    const since = Number(query.get('created[gte]') ?? 0)
    const own = items
      .filter(({ customer, date }) => customer === query.get('customer') && date >= since)
      .reverse()
    const after = own.findIndex(({ id }) => id === query.get('starting_after'))
    const data = own.slice(after + 1, after + 1 + limit)
    const has_more = own.length > after + 1 + limit
    return ok({ object: 'list', url: '/v1/invoiceitems', has_more, data })
  }

  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://stand-in')
    const body = new URLSearchParams(await textOf(incoming))
    const request = { method: incoming.method ?? '', path: url.pathname, body }
    requests.push(request)
    const key = knowsKeys ? incoming.headers['idempotency-key']?.toString() : undefined
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
    answerWith(response, failing, () => run(request, url.searchParams), save)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    items,
    requests,
    failWhen: (given) => {
      rule = given
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
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
      // What was not begun is not saved.
      tell(refusal(429, 'rate_limit_error', 'Too many requests'))
      break
    case 'cached-rate-limit':
      tell(keep(refusal(429, 'rate_limit_error', 'Lock timeout')))
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

const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) })

const refusal = (status: number, type: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ error: { type, message } }),
})

const send = (
  response: ServerResponse,
  { status, body }: Answer,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

const textOf = async (incoming: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const part of incoming) text += part
  return text
}

const metadataOf = (body: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...body].flatMap(([name, value]) => {
      const [, key] = /^metadata\[(.+)\]$/.exec(name) ?? []
      return key === undefined ? [] : [[key, value]]
    }),
  )
