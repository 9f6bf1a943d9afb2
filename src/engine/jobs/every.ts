import type { Context } from '../context.ts'
import { measuredJob } from '../telemetry/measured-job.ts'
import { tellsOfFailures } from './told-failures.ts'

/** Work that a process repeats. */
interface Repeated {
  readonly name: string
  readonly does: string
  readonly everyMs: number
}

/** What a process needs for its jobs. */
export type Repeating = Pick<Context, 'db' | 'clock' | 'log' | 'jobs' | 'node' | 'measures'>

/** Runs repeatedly, never twice at once. Stopping waits for the run under way. */
export const every = (
  ctx: Repeating,
  { name, does, everyMs }: Repeated,
  run: () => Promise<void>,
): (() => Promise<void>) => {
  const { clock, log, jobs } = ctx
  const schedule = `every ${everyMs / 1_000} s`
  const known = { name, does, schedule, catchUp: null, isShared: false }
  const entry = jobs.open(known, async () => {
    await entry.run(run)
    return {}
  })
  const failures = tellsOfFailures(ctx, name)
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let cancel = () => {}
  const again = () => {
    if (stopped) return
    entry.due(new Date(clock.now().getTime() + everyMs))
    cancel = clock.after(everyMs, () => {
      running = measuredJob(ctx, name, () => entry.run(run))
        .then(failures.worked, (error: unknown) => {
          log.warn({ error, job: name }, 'upkeep failed; trying again later')
          return failures.failed(error)
        })
        .then(again)
    })
  }
  again()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}
