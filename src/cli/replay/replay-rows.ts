import type { Decision } from '../../contract/decision.ts'
import type { Call } from '../../contract/usage.ts'
import { CliFailure } from '../failure.ts'
import type { ReplayTarget } from './replay-target.ts'
import type { PricedRow, ReplayTotals } from './replay-totals.ts'

/** A row that is ready to send. */
export interface ReplayRow {
  readonly line: number
  readonly event: Call
  readonly priced: PricedRow
}

export interface ReplayJob {
  readonly path: string
  readonly target: ReplayTarget
  readonly totals: ReplayTotals
}

/**
 * Records rows in batches, regardless of limits. The next batch is read while one is written. An
 * unreadable row ends the replay, but earlier rows are recorded.
 */
export const recordRows = async (job: ReplayJob, rows: AsyncIterable<ReplayRow>): Promise<void> => {
  let batch: ReplayRow[] = []
  const writing = new InFlight(1)
  try {
    for await (const row of rows) {
      batch.push(row)
      if (batch.length < job.target.batchRows) continue
      const full = batch
      batch = []
      await writing.add(() => recordBatch(job, full))
    }
  } finally {
    if (batch.length > 0) await writing.add(() => recordBatch(job, batch))
    await writing.drain()
  }
}

const recordBatch = async (
  { path, target, totals }: ReplayJob,
  batch: readonly ReplayRow[],
): Promise<void> => {
  const events = batch.map((row) => row.event)
  const result = await target.tollgate.record(events, { backfill: true })
  const [rejected] = result.rejected
  if (rejected) throw rejection(path, batch[rejected.index], rejected)
  // It does not matter which rows were duplicates, because only sums are reported.
  for (const [index, row] of batch.entries()) {
    totals.add(row.priced, { allowed: true, duplicate: index < result.duplicates })
  }
}

/**
 * Sends rows through the gate in order, each with its own time, so that windows follow the file's
 * clock.
 */
export const enforceRows = async (
  job: ReplayJob,
  rows: AsyncIterable<ReplayRow>,
): Promise<void> => {
  const deciding = new InFlight(job.target.decisionsInFlight)
  try {
    for await (const row of rows) await deciding.add(() => decideRow(job, row))
  } finally {
    await deciding.drain()
  }
}

const decideRow = async (
  { path, target, totals }: ReplayJob,
  { line, event, priced }: ReplayRow,
): Promise<void> => {
  const decision = await target.tollgate
    .track({ ...event, backfill: true })
    .catch((error: unknown) => {
      const [fault] = (error as { faults?: readonly Fault[] }).faults ?? []
      throw fault ? rejection(path, { line }, fault) : error
    })
  if (decision.allowed) {
    return totals.add(priced, { allowed: true, duplicate: decision.replayed })
  }
  const refusedBy = decision.limits.filter((limit) => limit.refused).map(({ limit }) => limit)
  if (refusedBy.length === 0) throw unusable(path, line, decision)
  totals.add(priced, { allowed: false, refusedBy })
}

interface Fault {
  readonly field: string
  readonly message: string
}

const rejection = (
  path: string,
  row: Pick<ReplayRow, 'line'> | undefined,
  { field, message }: Fault,
): CliFailure => {
  const where = row ? `${path}:${row.line}` : path
  const hint =
    field === 'id' ? ['This row was replayed before with other options: use the same again.'] : []
  return new CliFailure(`${where}: ${field} ${message}`, ...hint)
}

/** The refusal was not by a limit: the call names something unknown. */
const unusable = (path: string, line: number, { reason }: Decision): CliFailure =>
  new CliFailure(`${path}:${line}: refused: ${(reason ?? 'for no reason').replaceAll('_', ' ')}`)

/**
 * Runs at most so many promises at a time. The next call throws the first failure, so that no more
 * work starts and no rejection is unhandled.
 */
class InFlight {
  readonly #most: number
  readonly #running: Promise<void>[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Starts the work once there is room. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.length >= this.#most) await this.#running.shift()
    this.#throwIfFailed()
    this.#running.push(
      work().catch((error: unknown) => {
        this.#failure ??= { error }
      }),
    )
  }

  /** Waits for all started work. */
  async drain(): Promise<void> {
    await Promise.all(this.#running.splice(0))
    this.#throwIfFailed()
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }
}
