import type { AlertKind } from '../../core/alert-kinds.ts'
import type { Severity } from '../../core/severity.ts'
import type { ErrorPlace } from './error-reporter.ts'

/** A measured duration. Every label in it is from a small set. */
export type Measured =
  | {
      readonly of: 'decision'
      readonly verb: 'track' | 'reserve' | 'extend'
      readonly seconds: number
    }
  | {
      readonly of: 'delivery'
      readonly channel: string
      readonly outcome: DeliveryOutcome
      readonly seconds: number
    }
  | {
      readonly of: 'stripe'
      readonly call: string
      readonly outcome: 'ok' | 'failed'
      readonly seconds: number
    }
  | {
      readonly of: 'job'
      readonly job: string
      readonly outcome: 'done' | 'failed'
      readonly seconds: number
      readonly endedAt: Date
    }
  | {
      /** Alerts that fired, as this process found their events: each is found by one process. */
      readonly of: 'alerts'
      readonly rule: AlertKind
      readonly severity: Severity
      readonly count: number
    }
  | {
      readonly of: 'error'
      readonly where: ErrorPlace['where']
      readonly level: ErrorPlace['level']
    }

/** `refused`: the status was not 2xx. `unanswered`: no answer, or not in time. */
export type DeliveryOutcome = 'delivered' | 'refused' | 'unanswered'

type Hearing = (measured: Measured) => void

/** Passes measurements on to the listeners. It stores nothing. */
export interface Measures {
  readonly hear: (hearing: Hearing) => void
  readonly tell: (measured: Measured) => void
  /** A clock that never goes back. */
  readonly monotonicMs: () => number
}

export const createMeasures = (monotonicMs: () => number = () => performance.now()): Measures => {
  const hearings: Hearing[] = []
  return {
    monotonicMs,
    hear: (hearing) => void hearings.push(hearing),
    tell: (measured) => {
      for (const hearing of hearings) hearing(measured)
    },
  }
}
