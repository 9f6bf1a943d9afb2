import {
  type Fetch,
  type MeteredFetchParts,
  meteredFetch,
  REFUSAL_HEADER,
} from './metered-fetch.ts'

/** An SDK client with a replaceable `fetch`, such as OpenAI's or Anthropic's. */
export interface SdkClient {
  withOptions(options: { readonly fetch?: Fetch }): unknown
}

/** Members of such a client that its types do not expose. */
interface Inside extends SdkClient {
  readonly fetch?: Fetch
  makeStatusError(status: number, error: unknown, message: unknown, headers: Headers): unknown
}

type SdkParts = Pick<MeteredFetchParts, 'gate' | 'options' | 'provider' | 'protocolOf'>

/**
 * Returns the same client with its requests metered. A refusal is thrown unchanged: the SDK builds
 * errors with a method of its own, and the replaced method recognizes answers that were created
 * here.
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

/** The most stored errors. An error that the SDK never asks for is dropped eventually. */
const MOST_REFUSALS = 1_000

/**
 * Stores the errors of answers that were created here, by a name in a header. (Not by the headers
 * object, because some servers replace `Response` and copy its headers.)
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
    // Clients that it derives with other options are metered too.
    withOptions: (options: object) => throwing(withOptions(options) as Client, refusals),
  })
}
