import type { CallOptions, Replayable } from '../contract/call.ts'
import type { ReservationDecision } from '../contract/decision.ts'
import type { Hold, HoldRefused, RunHold, RunOptions } from '../contract/hold.ts'
import type { Reservation, Tollgate } from '../contract/tollgate.ts'
import { budgetRunOf } from './budget-run.ts'
import { holdOf } from './hold.ts'
import { type RunParts, run } from './run.ts'

interface ActionParts extends RunParts {
  /** The organization of the caller, if known. */
  readonly organizationId: string | undefined
}

/** The code behind holds, budgets and `run`. The client loads it on first use. */
export const actionsOf = (parts: ActionParts) => ({
  budgetRunOf,
  /** Makes a hold of the answer to `ask`, which calls the operation `reserve`. */
  reserve: async (
    gate: Tollgate,
    ask: (input: Reservation, options?: CallOptions) => Promise<unknown>,
    input: Reservation,
    options: CallOptions | undefined,
  ): Promise<Hold | HoldRefused> => {
    const sentAtMs = parts.timers.nowMs()
    const decision = (await ask(input, options)) as Replayable<ReservationDecision>
    const organizationId = input.organizationId ?? parts.organizationId
    return holdOf(decision, { gate, timers: parts.timers, organizationId, sentAtMs })
  },
  run: <Result>(
    gate: Tollgate,
    call: Reservation,
    work: (hold: RunHold) => Promise<Result>,
    options: RunOptions<Result> | undefined,
  ): Promise<Result> => run(gate, parts, call, work, options),
})

export type Actions = ReturnType<typeof actionsOf>
