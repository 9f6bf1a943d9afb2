import {
  exactDecimal,
  formatDecimal,
  MICRO_CREDIT_SCALE,
  numberFromUnits,
} from '../../core/amounts.ts'
import type { RollupFigures } from '../../storage/reports/rollups.ts'

/** A decimal from the database without trailing zeros: `47.608895000000` as `47.608895`. */
export const plainDecimal = (decimal: string): string => formatDecimal(exactDecimal(decimal))

export const creditsOf = (microCredits: bigint): number =>
  numberFromUnits(microCredits, MICRO_CREDIT_SCALE)

/** The figures of a roll-up, or of several together, as callers see them. */
export const usageFigures = (figures: RollupFigures) => {
  const events = Number(figures.events)
  const errors = Number(figures.errors)
  return {
    events,
    errors,
    errorRate: events > 0 ? errors / events : null,
    unpriced: Number(figures.unpriced),
    credits: creditsOf(figures.credits),
    costUsd: plainDecimal(figures.cost_usd),
  }
}

export const tokenFigures = (figures: RollupFigures) => ({
  inputTokens: Number(figures.input_tokens),
  cachedInputTokens: Number(figures.cached_input_tokens),
  outputTokens: Number(figures.output_tokens),
  reasoningTokens: Number(figures.reasoning_tokens),
})
