import { type Fetch, type MeteredFetchParts, meteredFetch } from './metered-fetch.ts'

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
  const errors = new WeakMap<Headers, unknown>()
  const { fetch: own } = client as unknown as Inside
  const fetch = meteredFetch({
    ...parts,
    fetch: own ?? ((input, init) => globalThis.fetch(input, init)),
    refused: (headers, error) => errors.set(headers, error),
  })
  return throwing(client.withOptions({ fetch }) as Client, errors)
}

const throwing = <Client extends SdkClient>(
  client: Client,
  errors: WeakMap<Headers, unknown>,
): Client => {
  const inside = client as unknown as Inside
  const makeStatusError = inside.makeStatusError?.bind(client)
  const withOptions = client.withOptions.bind(client)
  return Object.assign(client, {
    makeStatusError: (status: number, error: unknown, message: unknown, headers: Headers) =>
      errors.get(headers) ?? makeStatusError(status, error, message, headers),
    // What is made of it, with other options, is metered as well.
    withOptions: (options: object) => throwing(withOptions(options) as Client, errors),
  })
}
