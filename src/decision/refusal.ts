import type { Refused } from '../contract/decision.ts'
import { decisionHeaders } from './headers.ts'
import { decisionStatus } from './status.ts'

/**
 * A refusal as an exception. Only `run` and wrappers throw it; all other verbs return refusals as
 * values.
 */
export class TollgateRefusal extends Error {
  override readonly name = 'TollgateRefusal'
  readonly decision: Refused
  /** The status for the host's own answer, from `decisionStatus`. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(decision: Refused) {
    super(`the call was refused: ${decision.reason}`)
    this.decision = decision
    this.status = decisionStatus(decision)
    this.headers = decisionHeaders(decision)
  }
}
