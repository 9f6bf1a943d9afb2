import type { RetryTerms } from '../core/workflow-retries.ts'
import type { DomainEventKind } from './domain-event-kinds.ts'
import type { Tollgate } from './tollgate.ts'

export type { RetryTerms }

/** The verbs that a step has inside of its transaction: those that only the database answers. */
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

/** What a step waits for: a time, or something that happens to the organization of its run. */
export interface StepWait {
  /** At the latest then. Not given: only an event ends it. */
  readonly until?: Date
  /** Kinds of domain events. */
  readonly on?: readonly DomainEventKind[]
}

/** The same of a step inside of a transaction, which misses no use. */
export interface InsideStepWait extends StepWait {
  /** The first use of these event types; `*` is any. */
  readonly usage?: readonly string[]
}

/** What `wait()` gives; a step that returns it is done again when the wait is over. */
export interface Waiting {
  readonly waitsFor: InsideStepWait
}

/** What a step is given. */
export interface StepContext<Input extends object = object> {
  readonly run: {
    readonly id: string
    readonly workflow: string
    readonly version: string
    /** `null`: the run is of no organization. */
    readonly organizationId: string | null
    readonly startedAt: Date
  }
  readonly input: Input
  /** `<run>/<step>/do` or `…/undo`: the same at each try, for whatever is told of it outside. */
  readonly idempotencyKey: string
  /** Which try this is: 1 at first. */
  readonly attempt: number
  /** Aborted when its time is over, the run is taken back, or this process ends. */
  readonly signal: AbortSignal
  readonly now: Date
  /** What an earlier step of the run returned. */
  outputOf<Output extends object>(step: string): Output | undefined
  /** Gives up without another try: a person is needed, who reads the reason. */
  stop(reason: string): never
}

/** Of a step inside of a transaction. */
export interface InsideContext<Input extends object = object> extends StepContext<Input> {
  readonly tollgate: StepTollgate
  /** To be returned: the step is done again when the wait is over, from its beginning. */
  wait(what: InsideStepWait): Waiting
  /**
   * The first use of the run's organization since the run began, of these event types or of any. What
   * has the run's id as its `sessionId` is the run's own, and does not count.
   */
  firstUse(
    eventTypes?: readonly string[],
  ): Promise<{ readonly id: string; readonly eventType: string; readonly at: Date } | undefined>
}

/** Of a step with an effect outside. */
export interface OutsideContext<Input extends object = object> extends StepContext<Input> {
  readonly tollgate: Tollgate
  wait(what: StepWait): Waiting
  /** Keeps how far the step is: it is shown, and is there at the next try. */
  report(progress: object): Promise<void>
  /** What an earlier try has reported last. */
  reported<Progress extends object>(): Progress | undefined
}

/** What an undo is given beside: what was done. */
export interface UndoContext {
  /** What the step returned. Undefined: it had begun, and nobody knows how far it came. */
  output<Output extends object>(): Output | undefined
}

/** What a step returns: plain data as JSON has it, of at most 64 kB; nothing; or a wait. */
export type StepResult = object | undefined
/** The same of an undo; `nothing` says that there was nothing to undo. */
export type UndoResult = object | 'nothing' | undefined

export interface StepTerms {
  /** Its name within the workflow: lower case, digits and `_`. */
  readonly name: string
  readonly retries?: RetryTerms
  /** One try has no longer. Default 10,000 inside of a transaction, and 600,000 outside. */
  readonly timeoutMs?: number
}

/**
 * A step whose effect is in this database alone: it happens in the transaction that writes down that
 * the step is done, and so exactly once. Keep it short: it holds the organization's lock, and on the
 * embedded database everyone waits for it.
 */
export interface InsideStep<Input extends object = object> extends StepTerms {
  readonly outside?: false
  do(context: InsideContext<Input>): Promise<StepResult> | StepResult
  /** Must be right where it is done twice. Not given: there is nothing to undo. */
  undo?(context: InsideContext<Input> & UndoContext): Promise<UndoResult> | UndoResult
}

/**
 * A step with an effect elsewhere: it is done at least once, and always by the same
 * `idempotencyKey`.
 */
export interface OutsideStep<Input extends object = object> extends StepTerms {
  readonly outside: true
  do(context: OutsideContext<Input>): Promise<StepResult> | StepResult
  /** Must be right where it is done twice, and where the step did not come to its end. */
  undo?(context: OutsideContext<Input> & UndoContext): Promise<UndoResult> | UndoResult
}

export type WorkflowStep<Input extends object = object> = InsideStep<Input> | OutsideStep<Input>

/** Work of several steps, each done once and in order, whatever happens to the process. */
export interface WorkflowDefinition<Input extends object = object> {
  /** Lower case, digits and `_`. */
  readonly name: string
  /** Of other steps, another one. Runs keep to the version that they began with. */
  readonly version: string
  /** For a person who reads the list. */
  readonly description?: string
  /** Checks what a run is started with; what it throws refuses the start. Not given: any object. */
  readonly input?: (given: unknown) => Input
  readonly steps: readonly WorkflowStep<Input>[]
}
