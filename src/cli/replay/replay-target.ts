import type { Tollgate } from '../../contract/tollgate.ts'
import type { Call } from '../../contract/usage.ts'

/** Where rows go: the engine in this process, or a server. */
export interface ReplayTarget {
  readonly tollgate: Pick<Tollgate, 'record' | 'track'> & {
    readonly organizations: Pick<Tollgate['organizations'], 'get' | 'create'>
  }
  /** How many events are recorded at a time. */
  readonly batchRows: number
  /** How many decisions may be under way and still be made in the order of the file. */
  readonly decisionsInFlight: number
  /** How calls of one event type are priced there. */
  pricing(eventType: string): Promise<ReplayPricing>
  close(): Promise<void>
}

/** What an event costs at the prices in force. */
export interface ReplayPricing {
  /** The price of a call with these properties; nothing for one that will be refused. */
  microCredits(properties: Call['properties']): bigint
  /** Undefined when the model is not known. */
  costUsd(event: Call, at: Date): string | undefined
}
