import type { LimitSubject, LimitWindow } from '../../../core/catalog-words.ts'

/** The parts of a counter's key: a limit, its window, and its user or key. */
export interface CounterName {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  /** The user or key. Empty: the whole organization. */
  readonly subject: string
  /** The window's start. 0: the limit has no such window. */
  readonly startMs: number
}

/** `tokens/day@1763769600000`, `api_calls/minute`, `api_calls/minute/user:ada`. */
export const counterKey = ({ meter, window, per, subject, startMs }: CounterName): string => {
  if (startMs !== 0) return `${meter}/${window}@${startMs}`
  return per === 'organization' ? `${meter}/${window}` : `${meter}/${window}/${per}:${subject}`
}

const KEY =
  /^(?<meter>[^/]+)\/(?<window>[a-z]+)(?:@(?<start>\d+)|\/(?<per>[a-z_]+):(?<subject>.*))?$/s

/** Parses a key. */
export const readCounterKey = (key: string): CounterName => {
  const { meter, window, start, per, subject } = KEY.exec(key)?.groups ?? {}
  if (!meter || !window) throw new TypeError(`"${key}" is not the key of a counter`)
  return {
    meter,
    window: window as LimitWindow,
    per: (per ?? 'organization') as LimitSubject,
    subject: subject ?? '',
    startMs: Number(start ?? 0),
  }
}
