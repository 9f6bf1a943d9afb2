import { tellEvents } from '../../storage/tables/domain-events.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'

/** A job that runs each second may fail once. It is reported only if it keeps failing. */
const TOLD_AFTER_MS = 60_000

/** Receives the results of a job that each process runs for itself. */
interface FailureTeller {
  worked(): Promise<void>
  failed(error: unknown): Promise<void>
}

/**
 * Sends an event when a job of this process has failed for a minute, and one when it works again.
 * If an event cannot be written, it is tried again with the next run.
 */
export const tellsOfFailures = (
  { db, clock, log, node }: Pick<Context, 'db' | 'clock' | 'log' | 'node'>,
  job: string,
): FailureTeller => {
  let since: Date | undefined
  let failures = 0
  let isTold = false
  const tell = async (event: ReturnType<typeof told>): Promise<void> => {
    try {
      const of = { organizationId: null, subject: `job:${job}`, occurredAt: clock.now() }
      await db.transaction((tx) => tellEvents(tx, [{ ...of, ...event }]))
      isTold = !isTold
    } catch (error) {
      log.warn({ error, job }, 'that a job fails, or works again, could not be told')
    }
  }
  return {
    failed: async (error) => {
      const at = clock.now()
      since ??= at
      failures += 1
      if (isTold || at.getTime() - since.getTime() < TOLD_AFTER_MS) return
      const said = { job, scheduledFor: since.toISOString(), node: node.id }
      await tell(told('job.failed', { ...said, error: String(error).slice(0, 500) }))
    },
    worked: async () => {
      if (isTold) {
        const failingSince = (since as Date).toISOString()
        const said = { job, scheduledFor: clock.now().toISOString(), node: node.id }
        await tell(told('job.recovered', { ...said, failingSince, failures }))
        if (isTold) return
      }
      since = undefined
      failures = 0
    },
  }
}
