import { addressRange } from '../../connectors/outbound/address-rules.ts'
import type { TargetRules } from '../../connectors/outbound/target-url.ts'

/** How this process tells endpoints of events, and where it may send to. */
export interface WebhookSettings {
  /**
   * Whether this process sends; any number of processes may. Default: it does. `false`: it only
   * keeps to the rules where endpoints are made, and another process sends.
   */
  readonly deliver?: boolean
  /**
   * Ranges of addresses that may be sent to beside the public ones, such as `10.0.0.0/8`. Whoever
   * may make an endpoint can then have requests sent to whatever is there. Default: none.
   */
  readonly allow?: readonly string[]
  /** Which ports may be sent to. Default: 443 and 8443; with `allowHttp` 80 as well. */
  readonly ports?: readonly number[]
  /** Also sends without TLS: for development. */
  readonly allowHttp?: boolean
  /** For connecting, sending and reading an answer, all together. Default: 15,000. */
  readonly timeoutMs?: number
}

/** Where may be sent to, and whether this process does. */
export interface Outbound extends TargetRules {
  readonly delivers: boolean
  readonly timeoutMs: number
  /** What differs from the strictest rules, for the books; undefined: nothing. */
  readonly loosened: Readonly<Record<string, unknown>> | undefined
}

const PORTS = [443, 8_443]
const TIMEOUT_MS = 15_000

/** @throws TypeError for a range that is none. */
export const checkRanges = (ranges: readonly string[]): void => {
  ranges.forEach((range) => void addressRange(range))
}

/**
 * Who gives a server for mail means to send as well.
 *
 * @throws TypeError for a range that is none.
 */
export const outboundOf = (settings: WebhookSettings | undefined, hasMail = false): Outbound => {
  const {
    deliver = settings !== undefined || hasMail,
    allow = [],
    allowHttp = false,
  } = settings ?? {}
  const ports = settings?.ports ?? (allowHttp ? [...PORTS, 80] : PORTS)
  const isLoosened = allow.length > 0 || allowHttp || settings?.ports !== undefined
  return {
    delivers: deliver,
    timeoutMs: settings?.timeoutMs ?? TIMEOUT_MS,
    allowed: allow.map(addressRange),
    allowsHttp: allowHttp,
    ports,
    loosened: isLoosened ? { allow, allowHttp, ports } : undefined,
  }
}
