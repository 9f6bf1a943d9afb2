import { claimRuns, unknownRuns, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { LookWhileWanted } from '../look-while-wanted.ts'
import { leasedFrom } from './lease.ts'
import { runTurn, type TurnParts } from './run-turn.ts'

/** The most concurrent runs of one process. */
const AT_ONCE = 16
const TELL_UNKNOWN_EVERY_MS = 60_000

/**
 * Runs due steps of the workflows that this process knows. Any number of processes may do so: each
 * run is leased to one of them. A write from a process that has lost the lease is refused.
 */
export class WorkflowRunner {
  readonly #parts: TurnParts
  readonly #turns = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #looks = new LookWhileWanted(() => this.#begin())
  #toldAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: TurnParts) {
    this.#parts = parts
  }

  /** Starts the due runs. Returns true if there were any. */
  look(): Promise<boolean> {
    return this.#looks.look()
  }

  /** Runs everything that is due, and waits for it. */
  async finish(): Promise<void> {
    for (;;) {
      const began = await this.look()
      if (!began && this.#turns.size === 0) return
      await Promise.all(this.#turns)
    }
  }

  /**
   * Starts nothing more. A step that can be aborted is aborted, and another process runs it later.
   */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('Tollgate is closing'))
    await this.#looks.settled().catch(() => {})
    await Promise.all(this.#turns)
  }

  async #begin(): Promise<boolean> {
    const { ctx } = this.#parts
    const { all: known } = ctx.workflows
    const limit = AT_ONCE - this.#turns.size
    if (limit <= 0 || this.#stopping.signal.aborted) return false
    const at = ctx.clock.now()
    const claimed = await claimRuns(ctx.db, known, { at, until: leasedFrom(at), limit })
    for (const run of claimed) this.#take(run)
    await this.#tellUnknown(at)
    return claimed.length > 0
  }

  #take(run: WorkflowRunRow): void {
    const { ctx } = this.#parts
    const definition = ctx.workflows.of(run)
    // Cannot happen: only known workflows are claimed.
    if (!definition) return
    const turn = runTurn(this.#parts, run, definition, this.#stopping.signal)
      .catch((error: unknown) => {
        ctx.log.warn({ error, runId: run.id }, 'a workflow could not go on; trying again later')
      })
      .finally(() => {
        this.#turns.delete(turn)
        this.#again()
      })
    this.#turns.add(turn)
  }

  /** A turn has ended, so there is room for another. Its step may also have woken another run. */
  #again(): void {
    if (this.#stopping.signal.aborted) return
    this.look().catch((error: unknown) => {
      this.#parts.ctx.log.warn({ error }, 'workflows could not be looked for; trying again later')
    })
  }

  /** Warns once a minute about due runs of workflows that this process does not know. */
  async #tellUnknown(at: Date): Promise<void> {
    const { db, log, workflows } = this.#parts.ctx
    if (at.getTime() - this.#toldAtMs < TELL_UNKNOWN_EVERY_MS) return
    this.#toldAtMs = at.getTime()
    for (const { workflow, version, runs } of await unknownRuns(db, workflows.all, at)) {
      log.warn(
        { workflow, version, runs: Number(runs) },
        'runs of a workflow are due that this process does not know; they are left alone',
      )
    }
  }
}
