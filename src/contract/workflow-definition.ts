import type { RetryTerms } from '../core/workflow-retries.ts'
import type { DomainEventKind } from './domain-event-kinds.ts'
import type { Tollgate } from './tollgate.ts'

export type { RetryTerms }

/** The verbs of a step inside its transaction: those that need only the database. */
export type StepTollgate = Pick<
  Tollgate,
  | 'check'
  | 'track'
  | 'record'
  | 'reserve'
  | 'extend'
  | 'settle'
  | 'release'
  | 'reverse'
  | 'organizations'
  | 'members'
  | 'limits'
  | 'grants'
  | 'subscriptions'
  | 'budgets'
>

/** What a step waits for: a time, or a domain event of its run's organization. */
export interface StepWait {
  /** The latest end of the wait. Absent: only an event ends it. */
  readonly until?: Date
  /** Kinds of domain events. */
  readonly on?: readonly DomainEventKind[]
}

/** A wait of a step inside a transaction. It can also wait for use, and misses none. */
export interface InsideStepWait extends StepWait {
  /** The event types whose first use ends the wait; `*` is any. */
  readonly usage?: readonly string[]
}

/** The result of `wait()`. A step that returns it runs again when the wait is over. */
export interface Waiting {
  readonly waitsFor: InsideStepWait
}

/** The argument of a step. */
export interface StepContext<Input extends object = object> {
  readonly run: {
    readonly id: string
    readonly workflow: string
    readonly version: string
    /** `null` when the run belongs to no organization. */
    readonly organizationId: string | null
    readonly startedAt: Date
  }
  readonly input: Input
  /** `<run>/<step>/do` or `…/undo`, the same at each try. Pass it to outside services. */
  readonly idempotencyKey: string
  /** The number of this try, from 1. */
  readonly attempt: number
  /** Aborts when the step times out, the run is rolled back, or this process shuts down. */
  readonly signal: AbortSignal
  readonly now: Date
  /** Returns the result of an earlier step of the run. */
  outputOf<Output extends object>(step: string): Output | undefined
  /** Gives up without another try. A person must act, and reads the reason. */
  stop(reason: string): never
}

/** The argument of a step inside a transaction. */
export interface InsideContext<Input extends object = object> extends StepContext<Input> {
  readonly tollgate: StepTollgate
  /** Creates a wait to return. When it is over, the step runs again from its beginning. */
  wait(what: InsideStepWait): Waiting
  /**
   * Finds the organization's first use of these event types (or any) since the run began. Use with
   * the run's id as `sessionId` is the run's own and does not count.
   */
  firstUse(
    eventTypes?: readonly string[],
  ): Promise<{ readonly id: string; readonly eventType: string; readonly at: Date } | undefined>
}

/** The argument of a step with an outside effect. */
export interface OutsideContext<Input extends object = object> extends StepContext<Input> {
  readonly tollgate: Tollgate
  wait(what: StepWait): Waiting
  /** Stores the progress of the step. It is shown to people and available at the next try. */
  report(progress: object): Promise<void>
  /** Returns the last progress that an earlier try reported. */
  reported<Progress extends object>(): Progress | undefined
}

/** The argument of an undo has this too. */
export interface UndoContext {
  /** Returns the result of the step. Undefined when the step began and its outcome is unknown. */
  output<Output extends object>(): Output | undefined
}

/** The result of a step: JSON data of at most 64 kB, nothing, or a wait. */
export type StepResult = object | undefined
/** The result of an undo. `nothing` says that there was nothing to undo. */
export type UndoResult = object | 'nothing' | undefined

export interface StepTerms {
  /** The step's name, unique within the workflow: lower case, digits and `_`. */
  readonly name: string
  readonly retries?: RetryTerms
  /** The time limit of one try. Default 10,000 inside a transaction, 600,000 outside. */
  readonly timeoutMs?: number
}

/**
 * A step that only writes to this database. It runs in the transaction that marks the step done, so
 * it takes effect exactly once. Keep it short: it holds the organization's lock, and on the
 * embedded database it blocks everyone.
 */
export interface InsideStep<Input extends object = object> extends StepTerms {
  readonly outside?: false
  do(context: InsideContext<Input>): Promise<StepResult> | StepResult
  /** Undoes the step. It must be safe to run twice. Absent: there is nothing to undo. */
  undo?(context: InsideContext<Input> & UndoContext): Promise<UndoResult> | UndoResult
}

/**
 * A step with an effect elsewhere. It runs at least once, always with the same `idempotencyKey`.
 */
export interface OutsideStep<Input extends object = object> extends StepTerms {
  readonly outside: true
  do(context: OutsideContext<Input>): Promise<StepResult> | StepResult
  /** Undoes the step. It must be safe to run twice, and after a step that did not finish. */
  undo?(context: OutsideContext<Input> & UndoContext): Promise<UndoResult> | UndoResult
}

export type WorkflowStep<Input extends object = object> = InsideStep<Input> | OutsideStep<Input>

/** A workflow: steps that run in order, each to its end, even if the process crashes. */
export interface WorkflowDefinition<Input extends object = object> {
  /** Lower case, digits and `_`. */
  readonly name: string
  /** Change it when the steps change. A run continues with the version that it began with. */
  readonly version: string
  /** For people who read the list. */
  readonly description?: string
  /** Checks the input of a run. An exception refuses the start. Absent: any object is accepted. */
  readonly input?: (given: unknown) => Input
  /** A run must be of an organization, which need not exist yet: without one no run starts. */
  readonly needsOrganization?: boolean
  readonly steps: readonly WorkflowStep<Input>[]
}
