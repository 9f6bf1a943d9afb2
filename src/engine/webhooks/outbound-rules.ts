import { addressRange } from '../../connectors/outbound/address-rules.ts'
import type { TargetRules } from '../../connectors/outbound/target-url.ts'

/** The settings of webhooks: whether this process delivers, and which targets are allowed. */
export interface WebhookSettings {
  /**
   * Whether this process delivers. Any number of processes may. Default: true. With `false`, it
   * only checks the targets of new endpoints, and another process delivers.
   */
  readonly deliver?: boolean
  /**
   * Address ranges that are allowed besides the public ones, such as `10.0.0.0/8`. Anyone who may
   * create an endpoint can then send requests into these networks. Default: none.
   */
  readonly allow?: readonly string[]
  /** The allowed ports. Default: 443 and 8443, and also 80 with `allowHttp`. */
  readonly ports?: readonly number[]
  /** Also allows plain HTTP, for development. */
  readonly allowHttp?: boolean
  /** The time limit for connecting, sending and reading the answer together. Default: 15,000. */
  readonly timeoutMs?: number
}

/** The rules for targets, and whether this process delivers. */
export interface Outbound extends TargetRules {
  readonly delivers: boolean
  readonly timeoutMs: number
  /** The differences from the strictest rules, for the audit log. Undefined: there are none. */
  readonly loosened: Readonly<Record<string, unknown>> | undefined
}

const PORTS = [443, 8_443]
const TIMEOUT_MS = 15_000

/** @throws TypeError for an invalid address range. */
export const checkRanges = (ranges: readonly string[]): void => {
  ranges.forEach((range) => void addressRange(range))
}

/**
 * Resolves the settings. By default, a process delivers if it has webhook settings or a mail
 * server.
 *
 * @throws TypeError for an invalid address range.
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
