import type { Context } from '../context.ts'
import type { ForecastMemory } from './forecast-memory.ts'

/** What the verbs use that look ahead. */
export type InsightContext = Context & { readonly memory: ForecastMemory }
