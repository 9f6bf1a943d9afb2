import type { UsageBlock } from '../contract/decision.ts'
import { Denial } from '../guard/denial.ts'
import type { Guard } from '../guard/guard.ts'
import type { Answered, Arrival, MeteredRoute, Passed } from '../guard/metered.ts'
import { withUsage } from './node-answer.ts'

/**
 * Serves a request that is answered with a `Response`. Adds rate limit headers, and watches the
 * body to its end if there is something to settle.
 */
export const answeredBy = async <Request, Context>(
  guard: Guard<Request, Context>,
  arrival: Arrival<Request, Context>,
  usageBlock: boolean,
  handler: (call: MeteredRoute) => Promise<Response | ThrownAnswer>,
): Promise<Response> => {
  const given = await guard.serve<Answered>(arrival, async (call, passed) => {
    // It has the signal of its arrival, which is a `Request`'s.
    const answer = await handler(call as MeteredRoute)
    if (answer instanceof ThrownAnswer) return answer
    const response = withHeaders(answer, passed.headers)
    return usageBlock && isJson(response) ? wholeOf(response, passed) : response
  })
  if (given instanceof Denial) return new Response(given.body, given)
  if (given instanceof ThrownAnswer) throw given.error
  return given instanceof WholeAnswer ? given.response() : (given as Response)
}

/** An answer that a handler gives by throwing. */
export class ThrownAnswer implements Answered {
  readonly status = 307
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** Keeps existing headers. An immutable response (`Response.redirect`) is copied. */
const withHeaders = (response: Response, headers: Readonly<Record<string, string>>): Response => {
  try {
    for (const [name, value] of Object.entries(headers)) {
      if (!response.headers.has(name)) response.headers.set(name, value)
    }
    return response
  } catch {
    return withHeaders(new Response(response.body, response), headers)
  }
}

const isJson = ({ body, headers }: Response): boolean =>
  body !== null && /^application\/json\b/.test(headers.get('content-type') ?? '')

const wholeOf = async (response: Response, { settled }: Passed): Promise<WholeAnswer> =>
  new WholeAnswer(response, await response.text(), settled)

/** An answer that was read completely. It is settled first and then written with the usage. */
class WholeAnswer implements Answered {
  readonly status: number
  readonly #head: Response
  readonly #text: string
  readonly #settled: Promise<UsageBlock | undefined>

  constructor(head: Response, text: string, settled: Promise<UsageBlock | undefined>) {
    this.status = head.status
    this.#head = head
    this.#text = text
    this.#settled = settled
  }

  async response(): Promise<Response> {
    const usage = await this.#settled
    const { status, statusText, headers } = this.#head
    const whole = new Headers(headers)
    whole.delete('content-length')
    return new Response(bodyWith(this.#text, usage), { status, statusText, headers: whole })
  }
}

const bodyWith = (text: string, usage: UsageBlock | undefined): string => {
  try {
    return JSON.stringify(withUsage(JSON.parse(text), usage))
  } catch {
    return text
  }
}
