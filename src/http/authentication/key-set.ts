import { type CryptoKey, createLocalJWKSet } from 'jose'
import { TollgateError } from '../../contract/errors.ts'
import type { TokenHeader } from './compact-token.ts'

export interface KeySetOptions {
  readonly url: URL
  readonly now: () => Date
  readonly fetch: typeof fetch
  /** How long an answer is waited for; 5 s by default. */
  readonly timeoutMs?: number
}

/** The keys by which an issuer signs. */
export interface KeySet {
  /**
   * The key that a token names; undefined when the issuer has no such key. Rejects as `unavailable`
   * when the issuer has never been reached.
   */
  readonly find: (header: TokenHeader) => Promise<CryptoKey | undefined>
}

const TIMEOUT_MS = 5_000
/** After it the keys are asked for again, so that one that was withdrawn is not taken for long. */
const MAX_AGE_MS = 600_000
/** How long keys are still taken from an issuer that is away. */
const MAX_STALE_MS = 86_400_000
/** Unknown key ids, which anyone can make up, and failures lead to no more requests than this. */
const COOL_DOWN_MS = 30_000
const MAX_ANSWER_BYTES = 1_048_576
const MAX_KEYS = 100

interface Keys {
  readonly ids: ReadonlySet<string>
  readonly resolve: ReturnType<typeof createLocalJWKSet>
  readonly readAtMs: number
}

/** The keys at a JWKS URL: read when first needed, kept, and read again when they may be others. */
export const createKeySet = (options: KeySetOptions): KeySet => {
  const { now } = options
  let keys: Keys | undefined
  let reading: Promise<void> | undefined
  let triedAtMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  const nowMs = () => now().getTime()
  const ageMs = () => nowMs() - (keys?.readAtMs ?? Number.NEGATIVE_INFINITY)

  /** Once for all who wait, and not again for a while, whatever came of it. */
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
        const detail = 'the keys of the issuer of tokens cannot be read'
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
    // A key of another kind than the algorithm needs, twice the same id, or no good key at all.
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
    // Where the keys are is configured, and nobody else may say that they are elsewhere.
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
  // A key that is none takes nothing away from those beside it.
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
    if (length > MAX_ANSWER_BYTES) throw new Error('the JWKS URL answered too much')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
