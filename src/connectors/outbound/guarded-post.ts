import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { Agent, request } from 'undici'
import { isReachable } from './address-rules.ts'
import { type TargetRules, targetFault } from './target-url.ts'

/** The result of a request. */
export interface PostOutcome {
  /** Null: there was no answer, or it did not end in time. */
  readonly status: number | null
  /** Why there was no answer. */
  readonly error: string | null
  /** The beginning of the answer. */
  readonly answer: string | null
  /** How long the other side asks us to wait. */
  readonly retryAfterMs: number | undefined
}

interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Aborts the request early. */
  readonly signal?: AbortSignal
}

export interface Poster {
  readonly post: (what: Post) => Promise<PostOutcome>
  readonly close: () => Promise<void>
}

type Resolved = (error: Error | null, addresses: LookupAddress[]) => void

interface PosterSettings {
  readonly rules: TargetRules
  /** The time limit for connecting, sending and reading together. */
  readonly timeoutMs: number
  readonly now: () => Date
  /** Like `dns.lookup` with `all`. The addresses that it finds are checked and used. */
  readonly lookup?: (hostname: string, options: LookupOptions, done: Resolved) => void
}

/** After this many bytes of an answer, the connection is closed. */
const MOST_READ_BYTES = 65_536
const KEPT_BYTES = 2_000
const LONGEST_RETRY_AFTER_MS = 86_400_000
/** Idle connections are closed after this time, even if the other side would keep them open. */
const KEPT_IDLE_MS = 4_000
/** The longest lifetime of a connection. After it, the name is resolved and checked again. */
const KEPT_AT_MOST_MS = 30_000
/** Errors of a reused connection that the other side closed before it read the request. */
const WAS_CLOSED: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

/** Refused by our own rules, before anything was sent. */
class Refused extends Error {}

/**
 * Sends to URLs that others have named, and never into our own network.
 *
 * A literal address is checked first. Every address of a name is checked when the connection is
 * made, and the checked address is the one used. No redirect is followed. A connection is reused
 * for a few seconds. It leads to the checked address, whatever its name resolves to by then.
 */
export const createPoster = (settings: PosterSettings): Poster => {
  const { rules, timeoutMs, now } = settings
  let kept = { agent: agentOf(settings), sinceMs: now().getTime(), answered: new Set<string>() }
  const keptNow = () => {
    const ageMs = now().getTime() - kept.sinceMs
    if (ageMs >= 0 && ageMs < KEPT_AT_MOST_MS) return kept
    // Requests in progress finish before the connections close.
    void kept.agent.close()
    kept = { agent: agentOf(settings), sinceMs: now().getTime(), answered: new Set() }
    return kept
  }
  return {
    close: () => kept.agent.close(),
    post: async ({ url, headers, body, signal }) => {
      const fault = targetFault(url, rules)
      if (fault !== undefined) return none(`the URL ${fault}`)
      const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]
      const { agent, answered } = keptNow()
      const { origin } = new URL(url)
      const send = (how: { readonly reset: boolean }) =>
        request(url, {
          ...how,
          method: 'POST',
          headers,
          body,
          dispatcher: agent,
          signal: AbortSignal.any(limits),
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        })
      try {
        const answer = await send({ reset: false }).catch((error: unknown) => {
          // Only a reused connection can have been closed in between. Then the request is sent once
          // more, on a new one.
          if (answered.has(origin) && wasClosed(error)) return send({ reset: true })
          throw error
        })
        answered.add(origin)
        return {
          status: answer.statusCode,
          error: null,
          answer: await beginningOf(answer.body),
          retryAfterMs: retryAfterMs(answer.headers['retry-after'], now()),
        }
      } catch (error) {
        return none(reasonOf(error))
      }
    },
  }
}

const agentOf = ({ rules, timeoutMs, ...given }: PosterSettings): Agent => {
  const lookup = given.lookup ?? systemLookup
  return new Agent({
    connections: null,
    keepAliveTimeout: KEPT_IDLE_MS,
    keepAliveMaxTimeout: KEPT_IDLE_MS,
    connect: {
      timeout: timeoutMs,
      lookup: (hostname, options, done) => {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          if (error) return done(error, '', 0)
          const [first] = addresses
          const refused = addresses.find(({ address }) => !isReachable(address, rules.allowed))
          // One refused address among allowed ones is a sign of an attack.
          if (refused || !first) {
            return done(new Refused('leads to an address that nothing is sent to'), '', 0)
          }
          if (options.all) return done(null, addresses)
          done(null, first.address, first.family)
        })
      },
    },
  })
}

const wasClosed = (error: unknown): boolean =>
  error instanceof Error && WAS_CLOSED.includes((error as { readonly code?: unknown }).code)

const none = (error: string): PostOutcome => ({
  status: null,
  error,
  answer: null,
  retryAfterMs: undefined,
})

/** Reads to the end or to the maximum. The part that is returned can be stored as text. */
const beginningOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const kept: Uint8Array[] = []
  let bytes = 0
  for await (const part of body) {
    if (bytes < KEPT_BYTES) kept.push(part.subarray(0, KEPT_BYTES - bytes))
    bytes += part.length
    // Leaving the loop closes the connection.
    if (bytes >= MOST_READ_BYTES) break
  }
  return Buffer.concat(kept).toString('utf8').replaceAll('\0', '')
}

/** Parses seconds or an HTTP date; at most one day. */
const retryAfterMs = (
  header: string | readonly string[] | undefined,
  now: Date,
): number | undefined => {
  if (typeof header !== 'string') return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime()
  return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined
}

/** A reason that reveals nothing about our network. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'could not be sent'
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Refused) return cause.message
  }
  const { name, code } = error as Error & { readonly code?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return 'took too long'
  return typeof code === 'string' ? code : 'could not be sent'
}
