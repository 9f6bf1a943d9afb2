import type { Tollgate } from '../../contract/tollgate.ts'
import type { Call } from '../../contract/usage.ts'

/** The target of a replay: the engine in this process, or a server. */
export interface ReplayTarget {
  readonly tollgate: Pick<Tollgate, 'record' | 'track'> & {
    readonly organizations: Pick<Tollgate['organizations'], 'get' | 'create'>
  }
  /** The number of events per batch. */
  readonly batchRows: number
  /** The most concurrent decisions that still keep the order of the file. */
  readonly decisionsInFlight: number
  /** Returns how the target prices calls of one event type. */
  pricing(eventType: string): Promise<ReplayPricing>
  close(): Promise<void>
}

/** Computes prices by the catalog in force. */
export interface ReplayPricing {
  /** The price of a call with these properties; 0 for one that will be refused. */
  microCredits(properties: Call['properties']): bigint
  /** Undefined for an unknown model. */
  costUsd(event: Call, at: Date): string | undefined
}
