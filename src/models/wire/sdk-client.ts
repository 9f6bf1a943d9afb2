import {
  type Fetch,
  type MeteredFetchParts,
  meteredFetch,
  REFUSAL_HEADER,
} from './metered-fetch.ts'

/** A client of an SDK that takes a `fetch`: OpenAI's and Anthropic's are made alike. */
export interface SdkClient {
  withOptions(options: { readonly fetch?: Fetch }): unknown
}

/** What of such a client its types keep to themselves. */
interface Inside extends SdkClient {
  readonly fetch?: Fetch
  makeStatusError(status: number, error: unknown, message: unknown, headers: Headers): unknown
}

type SdkParts = Pick<MeteredFetchParts, 'gate' | 'options' | 'provider' | 'protocolOf'>

/**
 * The same client with its requests metered. Why the gate said no is thrown as it is: the SDK asks
 * its own method for the error of an answer, and that method knows which answers were made here.
 */
export const meteredClient = <Client extends SdkClient>(
  client: Client,
  parts: SdkParts,
): Client => {
  const refusals = new Refusals()
  const { fetch: own } = client as unknown as Inside
  const fetch = meteredFetch({
    ...parts,
    fetch: own ?? ((input, init) => globalThis.fetch(input, init)),
    refused: (error) => refusals.keep(error),
  })
  return throwing(client.withOptions({ fetch }) as Client, refusals)
}

/** So many at most are waited for: one that the SDK never asks for is not kept for ever. */
const MOST_REFUSALS = 1_000

/**
 * Why answers were made here, by a name that each of them bears. (Not by its headers as an object:
 * some servers put a `Response` of their own in place of the runtime's, which makes them anew.)
 */
class Refusals {
  readonly #errors = new Map<string, unknown>()

  keep(error: unknown): string {
    const [oldest] = this.#errors.keys()
    if (this.#errors.size >= MOST_REFUSALS && oldest !== undefined) this.#errors.delete(oldest)
    const name = crypto.randomUUID()
    this.#errors.set(name, error)
    return name
  }

  take(headers: Headers | undefined): unknown {
    const name = headers?.get(REFUSAL_HEADER) ?? ''
    const error = this.#errors.get(name)
    this.#errors.delete(name)
    return error
  }
}

const throwing = <Client extends SdkClient>(client: Client, refusals: Refusals): Client => {
  const inside = client as unknown as Inside
  const makeStatusError = inside.makeStatusError?.bind(client)
  const withOptions = client.withOptions.bind(client)
  return Object.assign(client, {
    makeStatusError: (status: number, error: unknown, message: unknown, headers: Headers) =>
      refusals.take(headers) ?? makeStatusError(status, error, message, headers),
    // What is made of it, with other options, is metered as well.
    withOptions: (options: object) => throwing(withOptions(options) as Client, refusals),
  })
}
