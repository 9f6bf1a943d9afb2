import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { Clock } from '../clock.ts'
import type { Measures } from './measures.ts'
import { inSpan } from './spans.ts'

interface Measuring {
  readonly measures: Measures
  readonly clock: Pick<Clock, 'now'>
}

/** The result of work that was aborted because the process stops. */
export const STOPPED: unique symbol = Symbol('the process stops')

/**
 * Runs a job, and records its outcome and duration. Work that throws because the process stops
 * (`closing`) has not failed: it is not recorded.
 */
export const measuredJob = async <T>(
  { measures, clock }: Measuring,
  job: string,
  work: () => Promise<T>,
  closing?: AbortSignal,
): Promise<T | typeof STOPPED> => {
  const startedMs = measures.monotonicMs()
  const ended = (outcome: 'done' | 'failed'): void => {
    const seconds = (measures.monotonicMs() - startedMs) / 1_000
    measures.tell({ of: 'job', job, outcome, seconds, endedAt: clock.now() })
  }
  try {
    const value = await work()
    ended('done')
    return value
  } catch (error) {
    if (closing?.aborted) return STOPPED
    ended('failed')
    throw error
  }
}

/** The same in a trace of its own, for jobs that run now and then and not every second. */
export const tracedJob = <T>(
  ctx: Measuring,
  job: string,
  work: () => Promise<T>,
  closing?: AbortSignal,
): Promise<T | typeof STOPPED> =>
  inSpan(`job ${job}`, { beneath: ROOT_CONTEXT }, () => measuredJob(ctx, job, work, closing))
