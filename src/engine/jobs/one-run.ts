import { tellEvents } from '../../storage/tables/domain-events.ts'
import { finishJob, hearJob, type JobRunName } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { tracedJob } from '../telemetry/measured-job.ts'

const HEAR_EVERY_MS = 15_000
/** Somebody looks on at what was asked for. */
export const WATCHED_EVERY_MS = 2_000

type Running = Pick<Context, 'db' | 'clock' | 'log' | 'measures'>
type Progress = Readonly<Record<string, unknown>>

/** Does a run that was begun, says now and then that it goes on, and writes down how it ended. */
export const doRun = async (
  ctx: Running,
  run: JobRunName,
  work: (progress: (how: Progress) => void) => Promise<object>,
  everyMs = HEAR_EVERY_MS,
): Promise<void> => {
  const { db, clock, log } = ctx
  let latest: Progress | undefined
  let cancel = () => {}
  const hear = () => hearJob(db, run, clock.now(), latest)
  const again = (): void => {
    cancel = clock.after(everyMs, () => {
      hear().catch((error: unknown) => log.warn({ error }, 'not heard'))
      again()
    })
  }
  again()
  try {
    const report = await tracedJob(ctx, run.job, () =>
      work((how) => {
        latest = how
      }),
    )
    if (latest) await hear()
    await finishJob(db, run, { report }, clock.now())
  } catch (error) {
    log.error({ job: run.job, error }, 'a job failed')
    await failed({ db, clock }, run, String(error))
  } finally {
    cancel()
  }
}

/** Written down, and told to whoever listens to the platform, both or neither. */
const failed = (
  { db, clock }: Pick<Running, 'db' | 'clock'>,
  run: JobRunName,
  error: string,
): Promise<void> =>
  db.transaction(async (tx) => {
    const at = clock.now()
    await finishJob(tx, run, { error }, at)
    const event = told('job.failed', {
      ...{ job: run.job, scheduledFor: run.scheduledFor.toISOString() },
      error: error.slice(0, 500),
    })
    const subject = `job:${run.job}`
    await tellEvents(tx, [{ organizationId: null, subject, ...event, occurredAt: at }])
  })
