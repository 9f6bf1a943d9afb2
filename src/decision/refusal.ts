import type { Refused } from '../contract/decision.ts'
import { decisionHeaders } from './headers.ts'
import { decisionStatus } from './status.ts'

/**
 * A refusal as an exception. Thrown by `run` and by what wraps handlers; every verb answers a
 * refusal as a value.
 */
export class TollgateRefusal extends Error {
  override readonly name = 'TollgateRefusal'
  readonly decision: Refused
  /** For the host's own answer, as `decisionStatus` says. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(decision: Refused) {
    super(`the call was refused: ${decision.reason}`)
    this.decision = decision
    this.status = decisionStatus(decision)
    this.headers = decisionHeaders(decision)
  }
}
