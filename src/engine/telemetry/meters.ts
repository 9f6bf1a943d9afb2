import { type BatchObservableCallback, metrics } from '@opentelemetry/api'
import type { EngineStatistics } from '../../contract/engine-statistics.ts'
import type { Measures } from './measures.ts'

/**
 * Sends the figures through OpenTelemetry's meter, for hosts whose SDK exports metrics. Without an
 * SDK it does nothing. Set up the SDK first: a meter does not find one that is set up later.
 * Returns a function that stops it.
 */
export const startMeters = (measures: Measures, statistics: () => EngineStatistics) => {
  const meter = metrics.getMeter('tollgate')
  const inSeconds = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's' })
  const histograms = {
    decision: inSeconds('tollgate.decision.duration', 'Duration of decisions by the store.'),
    delivery: inSeconds('tollgate.delivery.duration', 'Duration of delivery attempts.'),
    stripe: inSeconds('tollgate.stripe.duration', 'Duration of requests to Stripe.'),
    job: inSeconds('tollgate.job.duration', 'Duration of job runs.'),
  }
  measures.hear((measured) => {
    if (measured.of === 'error' || measured.of === 'alerts') return
    const { of, seconds, ...about } = measured
    const { endedAt: _, ...attributes } = about as typeof about & { readonly endedAt?: Date }
    histograms[of].record(seconds, attributes)
  })
  const decisions = meter.createObservableCounter('tollgate.decisions', {
    description: 'Decisions of the gate.',
    unit: '{decision}',
  })
  const recorded = meter.createObservableCounter('tollgate.events.recorded', {
    description: 'Usage events recorded.',
    unit: '{event}',
  })
  const observe: BatchObservableCallback = (result) => {
    const of = statistics()
    result.observe(recorded, of.eventsRecorded)
    for (const [outcome, path, count] of decisionsOf(of)) {
      result.observe(decisions, count, { outcome, path })
    }
  }
  const observed = [decisions, recorded]
  meter.addBatchObservableCallback(observe, observed)
  return () => meter.removeBatchObservableCallback(observe, observed)
}

/** Decisions by outcome, and by how they were made. */
export const decisionsOf = (
  of: EngineStatistics,
): readonly (readonly [outcome: 'allowed' | 'refused', path: string, count: number])[] => [
  ['allowed', 'leased', of.leasedAllowed],
  ['allowed', 'strict', of.strictAllowed],
  ['refused', 'strict', of.strictRefused],
  ['allowed', 'without_store', of.withoutStoreAllowed],
  ['refused', 'without_store', of.withoutStoreRefused],
]
