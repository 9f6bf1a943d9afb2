import { onEvents } from '../storage/changes.ts'
import { PROCESS_JOBS } from './jobs/job-table.ts'
import { tellsOfFailures } from './jobs/told-failures.ts'
import type { TurnParts } from './workflows/run-turn.ts'
import { WorkflowRunner } from './workflows/runner.ts'

const { name, does, everyMs: LOOK_EVERY_MS } = PROCESS_JOBS.workflows
const RUN = {
  name,
  does,
  catchUp: null,
  schedule: `every ${LOOK_EVERY_MS / 1_000} s, and when something has happened`,
  isShared: false,
} as const

/** The part of this process that executes workflows. */
export interface Working {
  /** Executes every step that is due now, and waits for it. */
  readonly finish: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Starts executing workflows. Notifications of the database only speed it up; it checks every
 * second in any case. Undefined if this process has no workflows.
 */
export const startWorkflows = async (parts: TurnParts): Promise<Working | undefined> => {
  const { db, clock, log, jobs, workflows } = parts.ctx
  if (workflows.all.length === 0) return undefined
  const runner = new WorkflowRunner(parts)
  const entry = jobs.open(RUN)
  const failures = tellsOfFailures(parts.ctx, name)
  let isStopped = false
  let cancel = () => {}
  const look = (): void => {
    if (isStopped) return
    entry
      .run(async () => void (await runner.look()))
      .then(failures.worked, (error: unknown) => {
        log.warn({ error }, 'workflows could not be looked for; trying again later')
        return failures.failed(error)
      })
  }
  const again = (): void => {
    if (isStopped) return
    entry.due(new Date(clock.now().getTime() + LOOK_EVERY_MS))
    cancel = clock.after(LOOK_EVERY_MS, () => {
      look()
      again()
    })
  }
  const stopListening = await onEvents(db, look)
  again()
  return {
    finish: () => runner.finish(),
    stop: async () => {
      isStopped = true
      cancel()
      await stopListening()
      await runner.stop()
    },
  }
}
