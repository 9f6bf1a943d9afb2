import { type CryptoKey, createLocalJWKSet } from 'jose'
import { TollgateError } from '../../contract/errors.ts'
import type { TokenHeader } from './compact-token.ts'

export interface KeySetOptions {
  readonly url: URL
  readonly now: () => Date
  readonly fetch: typeof fetch
  /** The timeout for the issuer's answer. Default 5 s. */
  readonly timeoutMs?: number
}

/** The public signing keys of an issuer. */
export interface KeySet {
  /**
   * Returns the key that a token names; undefined if the issuer has no such key. Rejects with
   * `unavailable` if no keys are cached, or the cached ones are too old, and the issuer cannot be
   * reached.
   */
  readonly find: (header: TokenHeader) => Promise<CryptoKey | undefined>
}

const TIMEOUT_MS = 5_000
/** After this time the keys are fetched again, so that a withdrawn key is not accepted for long. */
const MAX_AGE_MS = 600_000
/** How long cached keys are accepted while the issuer is unreachable. */
const MAX_STALE_MS = 86_400_000
/**
 * The least time between fetches. Anyone can invent key ids, and failures must not cause a flood.
 */
const COOL_DOWN_MS = 30_000
const MAX_ANSWER_BYTES = 1_048_576
const MAX_KEYS = 100

interface Keys {
  readonly ids: ReadonlySet<string>
  readonly resolve: ReturnType<typeof createLocalJWKSet>
  readonly readAtMs: number
}

/**
 * Caches the keys at a JWKS URL. They are fetched on first use and again when they may have
 * changed.
 */
export const createKeySet = (options: KeySetOptions): KeySet => {
  const { now } = options
  let keys: Keys | undefined
  let reading: Promise<void> | undefined
  let triedAtMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  const nowMs = () => now().getTime()
  const ageMs = () => nowMs() - (keys?.readAtMs ?? Number.NEGATIVE_INFINITY)

  /** Fetches once for all waiting callers, and then not for a while, whatever the result. */
  const readAgain = async (): Promise<void> => {
    if (!reading && Math.abs(nowMs() - triedAtMs) >= COOL_DOWN_MS) {
      triedAtMs = nowMs()
      reading = readKeySet(options)
        .then((read) => {
          keys = { ...read, readAtMs: nowMs() }
        })
        .catch((error: unknown) => {
          failure = error
        })
        .finally(() => {
          reading = undefined
        })
    }
    await reading
  }

  return {
    find: async (header) => {
      if (header.keyId === undefined) return undefined
      if (ageMs() >= MAX_AGE_MS) await readAgain()
      if (!keys?.ids.has(header.keyId)) await readAgain()
      if (!keys || ageMs() >= MAX_STALE_MS) {
        const detail = "the token issuer's keys cannot be fetched"
        throw new TollgateError('unavailable', { detail, cause: failure })
      }
      if (!keys.ids.has(header.keyId)) return undefined
      return resolved(keys, header)
    },
  }
}

const resolved = async (keys: Keys, header: TokenHeader): Promise<CryptoKey | undefined> => {
  try {
    return await keys.resolve({ alg: header.algorithm, kid: header.keyId as string })
  } catch {
    // The key has the wrong type for the algorithm, the id is duplicate, or there is no valid key.
    return undefined
  }
}

const readKeySet = async ({
  url,
  fetch: send,
  timeoutMs = TIMEOUT_MS,
}: KeySetOptions): Promise<Omit<Keys, 'readAtMs'>> => {
  const response = await send(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // The URL is configured, so a redirect must not move it.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the JWKS URL answered ${response.status}`)
  }
  const { keys } = JSON.parse(await limitedText(response)) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) {
    throw new Error(`the JWKS URL must answer an object with at most ${MAX_KEYS} keys`)
  }
  // An invalid key does not invalidate the others.
  const named = keys.filter((key: { kid?: unknown } | null) => typeof key?.kid === 'string')
  const ids = new Set(named.map(({ kid }: { kid: string }) => kid))
  return { ids, resolve: createLocalJWKSet({ keys: named }) }
}

const limitedText = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer of the JWKS URL is too large')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
