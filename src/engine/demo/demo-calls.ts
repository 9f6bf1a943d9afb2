import type { SeededRandom } from './seeded-random.ts'

/** The call of an event, without its user and time. */
export interface DemoCall {
  readonly eventType: string
  readonly endpoint?: string
  readonly method?: string
  readonly status?: number
  readonly durationMs?: number
  readonly provider?: string
  readonly model?: string
  readonly inputTokens?: number
  readonly cachedInputTokens?: number
  readonly outputTokens?: number
  readonly properties?: Readonly<Record<string, number | boolean>>
}

/** One kind of call of a product, with its frequency relative to the others. */
export interface DemoCallKind {
  readonly weight: number
  readonly make: (random: SeededRandom) => DemoCall
}

export type DemoModel = 'gpt-4o' | 'gpt-4o-mini' | 'claude-sonnet-4-5'

const PROVIDERS: Readonly<Record<DemoModel, string>> = {
  'gpt-4o': 'openai',
  'gpt-4o-mini': 'openai',
  'claude-sonnet-4-5': 'anthropic',
}

/** Output tokens per millisecond, roughly as these models write. */
const TOKENS_PER_MS: Readonly<Record<DemoModel, number>> = {
  'gpt-4o': 0.08,
  'gpt-4o-mini': 0.12,
  'claude-sonnet-4-5': 0.065,
}

/** Mostly success; now and then an error of the caller, too many calls, or an error of ours. */
export const demoStatus = (random: SeededRandom): number => {
  const roll = random.next()
  if (roll < 0.97) return 200
  if (roll < 0.981) return 400
  if (roll < 0.988) return 429
  return roll < 0.996 ? 500 : 503
}

/** A call of a model. A failed call has no output. */
export const demoModelCall = (
  random: SeededRandom,
  call: { readonly eventType: string; readonly endpoint: string; readonly model: DemoModel },
  tokens: { readonly input: number; readonly output: number; readonly cachedShare?: number },
  properties?: DemoCall['properties'],
): DemoCall => {
  const status = demoStatus(random)
  const inputTokens = Math.round(random.skewed(tokens.input, 0.5))
  const written = Math.round(random.skewed(tokens.output, 0.5))
  const outputTokens = status === 200 ? written : 0
  const cached = random.chance(0.5) ? (tokens.cachedShare ?? 0) : 0
  return {
    ...call,
    method: 'POST',
    status,
    provider: PROVIDERS[call.model],
    durationMs: Math.round(random.skewed(350, 0.4) + outputTokens / TOKENS_PER_MS[call.model]),
    inputTokens,
    outputTokens,
    ...(cached > 0 && { cachedInputTokens: Math.floor(inputTokens * cached) }),
    ...(properties && { properties }),
  }
}
