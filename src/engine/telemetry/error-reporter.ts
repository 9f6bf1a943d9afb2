import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import type { Measures } from './measures.ts'
import { errorTypeOf } from './spans.ts'

/** Where an unexpected error occurred. It holds no body, header, key or URL. */
export interface ErrorPlace {
  readonly where: 'request' | 'job' | 'delivery' | 'background'
  /** What was being done, in a fixed sentence of Tollgate. */
  readonly what: string
  /** `warning`: it is retried, and nothing is lost so far. */
  readonly level: 'warning' | 'error'
  /** For a request: the operation's name in the reference. */
  readonly operation?: string
  /** The value of the answer's header `X-Request-Id`. */
  readonly requestId?: string
  readonly job?: string
  readonly endpointId?: string
  readonly deliveryId?: string
  readonly organizationId?: string
  /** How many similar errors of the minute before were not reported. */
  readonly repeats: number
}

/**
 * Receives unexpected errors: answers with status 500, and failures of jobs, deliveries and
 * background work. Each error is reported once, and repeated failures once a minute. The hook's own
 * errors have no effect, and nobody waits for its result.
 */
export type OnError = (error: unknown, place: ErrorPlace) => void | Promise<void>

export interface ErrorReporter {
  readonly report: (
    error: unknown,
    what: string,
    level: ErrorPlace['level'],
    fields: Fields,
  ) => void
}

type Fields = Readonly<Record<string, unknown>>

const MINUTE_MS = 60_000
const MOST_KNOWN = 500
const TOLD = [
  ...(['operation', 'requestId', 'job'] as const),
  ...(['endpointId', 'deliveryId', 'organizationId'] as const),
] as const

/** Counts errors, and calls the hook if there is one. */
export const createErrorReporter = (
  onError: OnError | undefined,
  clock: Pick<Clock, 'now'>,
  log: Log,
  measures: Pick<Measures, 'tell'>,
): ErrorReporter => {
  const told = new WeakSet<object>()
  const met = new Map<string, { atMs: number; repeats: number }>()

  /** How often it occurred since the last report; undefined: it was reported within this minute. */
  const repeatsOf = (key: string): number | undefined => {
    const nowMs = clock.now().getTime()
    const last = met.get(key)
    if (last && nowMs - last.atMs < MINUTE_MS) {
      last.repeats += 1
      return undefined
    }
    if (met.size >= MOST_KNOWN) met.clear()
    met.set(key, { atMs: nowMs, repeats: 0 })
    return last?.repeats ?? 0
  }

  const failed = (error: unknown): void => log.error({ error }, 'onError failed itself')

  return {
    report: (error, what, level, fields) => {
      if (typeof error === 'object' && error !== null) {
        if (told.has(error)) return
        told.add(error)
      }
      const where = whereOf(fields)
      measures.tell({ of: 'error', where, level })
      if (!onError) return
      const key = [what, fields.job, errorTypeOf(error)].join('\n')
      const repeats = level === 'warning' ? repeatsOf(key) : 0
      if (repeats === undefined) return
      try {
        const done = onError(error, { where, what, level, ...of(fields), repeats })
        done?.catch(failed)
      } catch (thrown) {
        failed(thrown)
      }
    },
  }
}

/** A log that also reports the errors and warnings that it receives. */
export const reportingLog = (log: Log, { report }: ErrorReporter): Log => ({
  info: (fields, message) => log.info(fields, message),
  warn: (fields, message) => {
    log.warn(fields, message)
    const error = errorIn(fields)
    if (error !== undefined) report(error, message, 'warning', fields as Fields)
  },
  error: (fields, message) => {
    log.error(fields, message)
    report(errorIn(fields) ?? new Error(message), message, 'error', fields as Fields)
  },
})

const errorIn = (fields: object): unknown => {
  const { error, err } = fields as { readonly error?: unknown; readonly err?: unknown }
  return error ?? err
}

const whereOf = ({ requestId, job, deliveryId, endpointId }: Fields): ErrorPlace['where'] => {
  if (requestId !== undefined) return 'request'
  if (job !== undefined) return 'job'
  return (deliveryId ?? endpointId) === undefined ? 'background' : 'delivery'
}

/** Only these fields: nothing else of a log line is reported. */
const of = (fields: Fields): Partial<Record<(typeof TOLD)[number], string>> =>
  Object.fromEntries(
    TOLD.flatMap((name) => (typeof fields[name] === 'string' ? [[name, fields[name]]] : [])),
  )
