import { storeFigures as readFigures } from '../../storage/reports/store-figures.ts'
import type { Context } from '../context.ts'
import { withDeadline } from '../counters/authority/deadline.ts'
import { readingOf } from '../reading-context.ts'

const WITHIN_MS = 1_000

/** The state of the store and what waits in it, for all processes that share it. */
export interface StoreFigures {
  /** The age of the oldest waiting entry in seconds; 0 if none waits. */
  readonly oldestSeconds: Readonly<Record<'events' | 'deliveries' | 'stripe', number>>
  /** The number of endpoints in each state. */
  readonly endpoints: Readonly<Record<'on' | 'paused' | 'disabled', number>>
  /** Unfinished runs by workflow and state. Runs of a workflow that is not known here are `other`. */
  readonly runs: readonly {
    readonly workflow: string
    readonly state: string
    readonly count: number
  }[]
  /** When each shared job last succeeded, in seconds since 1970. */
  readonly jobsDoneAt: Readonly<Record<string, number>>
}

/** Reads them; undefined if the store does not answer within a second. */
export const storeFigures = (ctx: Context): (() => Promise<StoreFigures | undefined>) => {
  const { db, clock, jobs } = readingOf(ctx)
  const workflows = [...new Set(ctx.workflows.all.map(({ name }) => name))]
  return async () => {
    const at = clock.now()
    const shared = jobs.states.filter(({ isShared }) => isShared).map(({ name }) => name)
    const reading = readFigures(db, at, { jobs: shared, workflows })
    const row = await withDeadline(reading, WITHIN_MS, clock).catch(() => undefined)
    if (!row) return undefined
    const since = (time: Date | null) =>
      time === null ? 0 : Math.max(0, (at.getTime() - time.getTime()) / 1_000)
    return {
      oldestSeconds: {
        events: since(row.events),
        deliveries: since(row.deliveries),
        stripe: since(row.stripe),
      },
      endpoints: { on: 0, paused: 0, disabled: 0, ...row.endpoints },
      runs: runsIn(row.runs ?? [], workflows),
      jobsDoneAt: Object.fromEntries(
        (row.jobs ?? []).map(({ job, succeeded_at }) => [job, Date.parse(succeeded_at) / 1_000]),
      ),
    }
  }
}

const OTHER = 'other'
/** The states of unfinished runs. */
const STATES = ['running', 'waiting', 'undoing', 'paused', 'stuck'] as const

/** The count of each known workflow in each state, including 0. */
const runsIn = (
  found: StoreFigures['runs'],
  workflows: readonly string[],
): StoreFigures['runs'] => {
  const counts = new Map(found.map(({ workflow, state, count }) => [`${workflow} ${state}`, count]))
  const known = workflows.flatMap((workflow) =>
    STATES.map((state) => ({ workflow, state, count: counts.get(`${workflow} ${state}`) ?? 0 })),
  )
  const others = found.filter(({ workflow }) => workflow === '')
  return [...known, ...others.map((one) => ({ ...one, workflow: OTHER }))]
}
