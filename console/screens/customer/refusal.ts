import type { AuditEvent, DecisionReason } from '../../../src/client/index.ts'

export interface Refusal {
  readonly decisionId: string | undefined
  readonly reason: DecisionReason | undefined
  readonly eventType: string | undefined
  /** Those that refused, such as `tokens/day`. */
  readonly limits: string
}

/** What an audit entry of a refused call says. */
export const refusalOf = ({ subject, new: said }: AuditEvent): Refusal => {
  const { reason, eventType, limits } = (said ?? {}) as {
    reason?: DecisionReason
    eventType?: string
    limits?: readonly { limit: string }[]
  }
  return {
    decisionId: /^decision:(.+)$/.exec(subject)?.[1],
    reason,
    eventType,
    limits: (limits ?? []).map(({ limit }) => limit).join(', '),
  }
}
