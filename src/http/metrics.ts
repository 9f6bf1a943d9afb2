import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { EngineStatistics, JournalStatistics } from '../contract/engine-statistics.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import { decisionsOf } from '../engine/telemetry/meters.ts'
import { registerMeasured, registerStore } from './measured-metrics.ts'

/**
 * The metrics of one handler, for Prometheus. No label names an organization: there are many, and
 * they are private.
 */
export interface Metrics {
  readonly contentType: string
  /** Counts an answer; `seconds` is its duration. */
  readonly answered: (operation: string, status: number, seconds: number) => void
  /** Returns the text that Prometheus scrapes. */
  readonly text: () => Promise<string>
}

export const createMetrics = (
  tollgate: Pick<Plumbing, 'measures' | 'statistics' | 'storeFigures'>,
): Metrics => {
  const registry = new Registry()
  registerEngineFigures(registry, () => tollgate.statistics())
  tollgate.measures.hear(registerMeasured(registry))
  const store = registerStore(registry)
  tollgate.measures.hear(store.hear)
  const requests = new Counter({
    name: 'tollgate_http_requests_total',
    help: 'Answered HTTP requests.',
    labelNames: ['operation', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'tollgate_http_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  return {
    contentType: registry.contentType,
    answered: (operation, status, seconds) => {
      requests.inc({ operation, status })
      durations.observe({ operation }, seconds)
    },
    text: async () => {
      store.show(await tollgate.storeFigures())
      return registry.metrics()
    },
  }
}

type Figure = Exclude<keyof EngineStatistics, 'journal'>

const ENGINE_COUNTERS: readonly [name: string, figure: Figure, help: string][] = [
  ['tollgate_events_recorded_total', 'eventsRecorded', 'Usage events recorded.'],
  [
    'tollgate_events_duplicate_total',
    'eventsDuplicate',
    'Duplicate usage events, which count once.',
  ],
  ['tollgate_events_rejected_total', 'eventsRejected', 'Usage events refused as invalid.'],
  [
    'tollgate_events_unpriced_total',
    'eventsUnpriced',
    'Usage events of a model without a known price.',
  ],
  ['tollgate_batches_written_total', 'batches', 'Batches of usage events written.'],
  ['tollgate_stripe_events_total', 'stripeEvents', 'Stripe webhook events, without repeats.'],
  [
    'tollgate_stripe_events_repeated_total',
    'stripeEventsRepeated',
    'Repeated Stripe webhook events.',
  ],
  [
    'tollgate_stripe_meter_errors_total',
    'stripeMeterErrors',
    'Usage that a Stripe meter rejected.',
  ],
  [
    'tollgate_audit_dropped_total',
    'auditDropped',
    'Audit entries dropped because the queue was full or the store refused them.',
  ],
]

/** For processes with a journal. */
const JOURNAL_GAUGES: readonly [
  name: string,
  help: string,
  of: (journal: JournalStatistics) => number,
][] = [
  ['tollgate_journal_bytes', 'Size of the journal in bytes.', ({ bytes }) => bytes],
  [
    'tollgate_journal_waiting',
    'Journal records that are not in the database yet.',
    ({ waiting }) => waiting,
  ],
  [
    'tollgate_journal_unsynced_seconds',
    'Age of the oldest journal write that is not synced to disk.',
    ({ unsyncedMs }) => unsyncedMs / 1_000,
  ],
  [
    'tollgate_journal_taking',
    '1 while the journal accepts records, 0 while it is full or its disk fails.',
    ({ status }) => (status === 'ok' ? 1 : 0),
  ],
]

/** Read from the engine at each scrape, so that nothing counts twice. */
const registerEngineFigures = (registry: Registry, statistics: () => EngineStatistics): void => {
  for (const [name, figure, help] of ENGINE_COUNTERS) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(statistics()[figure])
      },
    })
  }
  new Counter({
    name: 'tollgate_decisions_total',
    help: 'Decisions of the gate.',
    labelNames: ['outcome', 'path'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, path, count] of decisionsOf(statistics())) {
        this.inc({ outcome, path }, count)
      }
    },
  })
  new Gauge({
    name: 'tollgate_queue_length',
    help: 'Usage events waiting to be written.',
    registers: [registry],
    collect() {
      this.set(statistics().queued)
    },
  })
  if (!statistics().journal) return
  for (const [name, help, of] of JOURNAL_GAUGES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const { journal } = statistics()
        if (journal) this.set(of(journal))
      },
    })
  }
}
