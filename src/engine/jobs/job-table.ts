/** What happens to scheduled times when no process was up. */
export type CatchUp = 'once' | 'none'

/** A job that one of all processes runs: by its schedule, if it has one, and on request. */
export interface SharedJob {
  /** For a person who reads the list. */
  readonly does: string
  /** Five or six cron fields in UTC, unless the configuration has others; null: none. */
  readonly schedule: string | null
  /** `once`: one run for all missed times, as soon as a process is up. `none`: at the next time. */
  readonly catchUp: CatchUp
}

/** The only table of shared jobs. */
export const SHARED_JOBS = {
  'process-overage': {
    does: 'Closes the periods that have ended, invoices them, and collects what is due.',
    schedule: null,
    catchUp: 'once',
  },
  'apply-retention': {
    does: 'Removes events, ids, audit entries and deliveries past their retention, and makes partitions ahead.',
    schedule: '10 3 * * *',
    catchUp: 'once',
  },
  'aggregate-usage': {
    does: 'Compares the figures of the last days with the raw events, and sets right what differs.',
    schedule: null,
    catchUp: 'once',
  },
  doctor: {
    does: 'Compares every figure with the raw events that are kept; changes nothing.',
    schedule: null,
    catchUp: 'none',
  },
  'verify-audit': {
    does: 'Recomputes the chains of the audit log, and finds what was changed in them.',
    schedule: null,
    catchUp: 'none',
  },
  'reconcile-stripe': {
    does: 'Compares what was charged with what Stripe has; changes nothing.',
    schedule: null,
    catchUp: 'none',
  },
} as const satisfies Readonly<Record<string, SharedJob>>

export type SharedJobName = keyof typeof SHARED_JOBS

/** The schedules of shared jobs other than billing. */
export type Schedules = Readonly<
  Partial<Record<Exclude<SharedJobName, 'process-overage'>, string | null>>
>

/** The jobs that each process repeats. They claim rows, so two processes never do the same work. */
export const PROCESS_JOBS = {
  expiry: {
    name: 'expire-holds',
    everyMs: 1_000,
    does: 'Ends holds and grants past their time, and makes the changes of subscriptions that are due.',
  },
  topUps: {
    name: 'send-top-ups',
    everyMs: 5_000,
    does: 'Asks the payment provider for automatic top-ups that are due.',
  },
  alerts: {
    name: 'evaluate-alerts',
    everyMs: 60_000,
    does: 'Looks at the rules of alerts that no event decides: error rates, durations, forecasts. One process does it for all.',
  },
  takeOver: {
    name: 'take-over-runs',
    everyMs: 5_000,
    does: 'Goes on with runs of jobs whose process went away.',
  },
  keyUses: {
    name: 'write-key-uses',
    everyMs: 10_000,
    does: 'Writes down when each API key was used last.',
  },
  time: {
    name: 'sync-clock',
    everyMs: 10_000,
    does: "Follows the database's clock, which all processes share.",
  },
  deliveries: {
    name: 'send-deliveries',
    everyMs: 1_000,
    does: 'Tells endpoints and channels of events, and tries again what failed.',
  },
  workflows: {
    name: 'run-workflows',
    everyMs: 1_000,
    does: 'Does the steps of workflows that are due, and tries again what failed.',
  },
} as const
