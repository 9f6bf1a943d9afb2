import { claimRuns, unknownRuns, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { LookWhileWanted } from '../look-while-wanted.ts'
import { leasedFrom } from './lease.ts'
import { runTurn, type TurnParts } from './run-turn.ts'

/** Runs that one process does at once. */
const AT_ONCE = 16
const TELL_UNKNOWN_EVERY_MS = 60_000

/**
 * Does what is due of the workflows that this process knows. Any number of processes may: a run is
 * on lease with one of them, and what one writes that has lost its lease is refused.
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

  /** Begins what is due; whether there was something. */
  look(): Promise<boolean> {
    return this.#looks.look()
  }

  /** Does everything that is due, and waits for it. */
  async finish(): Promise<void> {
    for (;;) {
      const began = await this.look()
      if (!began && this.#turns.size === 0) return
      await Promise.all(this.#turns)
    }
  }

  /** Begins nothing more; a step that is under way and can be cut is done later, by another process. */
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
    // What is claimed is known.
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

  /** There is room for another, and what it did may have woken one. */
  #again(): void {
    if (this.#stopping.signal.aborted) return
    this.look().catch((error: unknown) => {
      this.#parts.ctx.log.warn({ error }, 'workflows could not be looked for; trying again later')
    })
  }

  /** Runs that nobody here can do are left alone, but not in silence. */
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
