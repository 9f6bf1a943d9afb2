import type { Queryable } from '../../storage/database.ts'
import { tellEvents } from '../../storage/tables/domain-events.ts'
import { endJobFailure, writeJobFailure } from '../../storage/tables/job-failures.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'

/** A job that runs each second may fail once. It is reported only if it keeps failing. */
const TOLD_AFTER_MS = 60_000
/** How often a process says that it still fails. */
const HEARD_EVERY_MS = 60_000

/** Receives the results of a job that each process runs for itself. */
interface FailureTeller {
  worked(): Promise<void>
  failed(error: unknown): Promise<void>
}

/**
 * Sends an event when a job of this process has failed for a minute, and one when it works again.
 * Until then it says each minute that it still fails, since the success of another process does not
 * end the alert. If something cannot be written, it is tried again with the next run.
 */
export const tellsOfFailures = (
  { db, clock, log, node }: Pick<Context, 'db' | 'clock' | 'log' | 'node'>,
  job: string,
): FailureTeller => {
  const here = { job, node: node.id }
  let since: Date | undefined
  let failures = 0
  /** When this process last reported its current failure. Undefined: it has not reported it. */
  let heardAt: Date | undefined
  /** Results may come in while an earlier one is still being told. */
  let telling: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    telling = telling.then(work)
    return telling
  }
  /** Returns true if it was written. */
  const written = async (write: (tx: Queryable) => Promise<void>): Promise<boolean> => {
    try {
      await db.transaction(write)
      return true
    } catch (error) {
      log.warn({ error, job }, 'that a job fails, or works again, could not be told')
      return false
    }
  }
  const tell = (tx: Queryable, event: ReturnType<typeof told>): Promise<void> => {
    const of = { organizationId: null, subject: `job:${job}`, occurredAt: clock.now() }
    return tellEvents(tx, [{ ...of, ...event }])
  }
  const failed = async (error: unknown): Promise<void> => {
    const at = clock.now()
    // The clock was turned back: it counts from here.
    if (since && since > at) since = at
    if (heardAt && heardAt > at) heardAt = at
    since ??= at
    failures += 1
    const began = since
    const lastMs = (heardAt ?? since).getTime()
    if (at.getTime() - lastMs < (heardAt ? HEARD_EVERY_MS : TOLD_AFTER_MS)) return
    const isWritten = await written(async (tx) => {
      const isNew = await writeJobFailure(tx, here, { since: began, at })
      if (!isNew) return
      // A process that was silent for long counted as gone, so this is another failure.
      const scheduledFor = (heardAt ? at : began).toISOString()
      const said = { job, scheduledFor, node: node.id }
      await tell(tx, told('job.failed', { ...said, error: String(error).slice(0, 500) }))
    })
    if (isWritten) heardAt = at
  }
  const worked = async (): Promise<void> => {
    if (heardAt) {
      const failingSince = (since as Date).toISOString()
      const said = { job, scheduledFor: clock.now().toISOString(), node: node.id }
      const isWritten = await written(async (tx) => {
        await endJobFailure(tx, here)
        await tell(tx, told('job.recovered', { ...said, failingSince, failures }))
      })
      if (!isWritten) return
      heardAt = undefined
    }
    since = undefined
    failures = 0
  }
  return {
    failed: (error) => inTurn(() => failed(error)),
    worked: () => inTurn(worked),
  }
}
