import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Measured } from '../engine/telemetry/measures.ts'
import type { StoreFigures } from '../engine/telemetry/store-figures.ts'

const QUICK = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const OUTSIDE = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

/**
 * Metrics from the engine's measurements. Labels come from small fixed sets. None is `job` or
 * `instance`, because Prometheus sets those itself.
 */
export const registerMeasured = (registry: Registry): ((measured: Measured) => void) => {
  const registers = [registry]
  const decisionSeconds = new Histogram({
    name: 'tollgate_decision_seconds',
    help: 'Duration of decisions by the store. Leased decisions take microseconds and are not timed.',
    labelNames: ['verb'],
    buckets: QUICK,
    registers,
  })
  const deliveries = new Counter({
    name: 'tollgate_deliveries_total',
    help: 'Delivery attempts by outcome.',
    labelNames: ['channel', 'outcome'],
    registers,
  })
  const deliverySeconds = new Histogram({
    name: 'tollgate_delivery_seconds',
    help: 'Duration of delivery attempts.',
    labelNames: ['channel'],
    buckets: OUTSIDE,
    registers,
  })
  const stripeCalls = new Counter({
    name: 'tollgate_stripe_calls_total',
    help: 'Requests to Stripe by outcome.',
    labelNames: ['call', 'outcome'],
    registers,
  })
  const stripeSeconds = new Histogram({
    name: 'tollgate_stripe_seconds',
    help: 'Duration of requests to Stripe.',
    labelNames: ['call'],
    buckets: OUTSIDE,
    registers,
  })
  const jobRuns = new Counter({
    name: 'tollgate_job_runs_total',
    help: 'Job runs in this process.',
    labelNames: ['job_name', 'outcome'],
    registers,
  })
  const alerts = new Counter({
    name: 'tollgate_alerts_total',
    help: 'Fired alerts, counted by the process that fans them out.',
    labelNames: ['rule_kind', 'severity'],
    registers,
  })
  const errors = new Counter({
    name: 'tollgate_errors_total',
    help: 'Unexpected errors, as reported to onError.',
    labelNames: ['where', 'level'],
    registers,
  })
  return (measured) => {
    switch (measured.of) {
      case 'decision':
        decisionSeconds.observe({ verb: measured.verb }, measured.seconds)
        break
      case 'delivery':
        deliveries.inc({ channel: measured.channel, outcome: measured.outcome })
        deliverySeconds.observe({ channel: measured.channel }, measured.seconds)
        break
      case 'stripe':
        stripeCalls.inc({ call: measured.call, outcome: measured.outcome })
        stripeSeconds.observe({ call: measured.call }, measured.seconds)
        break
      case 'job':
        jobRuns.inc({ job_name: measured.job, outcome: measured.outcome })
        break
      case 'alerts':
        alerts.inc({ rule_kind: measured.rule, severity: measured.severity }, measured.count)
        break
      case 'error':
        errors.inc({ where: measured.where, level: measured.level })
    }
  }
}

/** The store's metrics, which are the same in all processes. */
export const registerStore = (registry: Registry) => {
  const registers = [registry]
  const up = new Gauge({
    name: 'tollgate_store_up',
    help: '1 if the store answered this scrape within a second, otherwise 0.',
    registers,
  })
  const oldest = new Gauge({
    name: 'tollgate_outbox_oldest_seconds',
    help: 'Age of the oldest waiting entry: events without deliveries, due deliveries, requests to Stripe.',
    labelNames: ['kind'],
    registers,
  })
  const endpoints = new Gauge({
    name: 'tollgate_endpoints',
    help: 'Endpoints by state.',
    labelNames: ['state'],
    registers,
  })
  const runs = new Gauge({
    name: 'tollgate_workflow_runs',
    help: 'Unfinished workflow runs by state.',
    labelNames: ['workflow', 'state'],
    registers,
  })
  const succeeded = new Gauge({
    name: 'tollgate_job_last_success_timestamp_seconds',
    help: "Time of a job's last success: in any process for a shared job, otherwise in this one.",
    labelNames: ['job_name'],
    registers,
  })
  return {
    hear: (measured: Measured): void => {
      if (measured.of !== 'job' || measured.outcome !== 'done') return
      succeeded.set({ job_name: measured.job }, measured.endedAt.getTime() / 1_000)
    },
    /** Removes unknown values, because an old value would look current. */
    show: (figures: StoreFigures | undefined): void => {
      up.set(figures ? 1 : 0)
      oldest.reset()
      endpoints.reset()
      runs.reset()
      if (!figures) return
      for (const [kind, seconds] of Object.entries(figures.oldestSeconds)) {
        oldest.set({ kind }, seconds)
      }
      for (const [state, count] of Object.entries(figures.endpoints))
        endpoints.set({ state }, count)
      for (const { workflow, state, count } of figures.runs) runs.set({ workflow, state }, count)
      for (const [job, at] of Object.entries(figures.jobsDoneAt))
        succeeded.set({ job_name: job }, at)
    },
  }
}
