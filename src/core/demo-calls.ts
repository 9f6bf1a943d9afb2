import type { SeededRandom } from './seeded-random.ts'

/** What the call of an event says beside who made it and when. */
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

/** One kind of call that a product makes, and how often in comparison with the others. */
export interface DemoCallKind {
  readonly weight: number
  readonly make: (random: SeededRandom) => DemoCall
}

type Model = 'gpt-4o' | 'gpt-4o-mini' | 'claude-sonnet-4-5'

const PROVIDERS: Readonly<Record<Model, string>> = {
  'gpt-4o': 'openai',
  'gpt-4o-mini': 'openai',
  'claude-sonnet-4-5': 'anthropic',
}

/** Output tokens a millisecond, roughly as these models write. */
const TOKENS_PER_MS: Readonly<Record<Model, number>> = {
  'gpt-4o': 0.08,
  'gpt-4o-mini': 0.12,
  'claude-sonnet-4-5': 0.065,
}

/** Mostly well; now and then the caller's fault, too many calls, or ours. */
const statusOf = (random: SeededRandom): number => {
  const roll = random.next()
  if (roll < 0.97) return 200
  if (roll < 0.981) return 400
  if (roll < 0.988) return 429
  return roll < 0.996 ? 500 : 503
}

/** A call of a model; one that fails wrote nothing. */
const modelCall = (
  random: SeededRandom,
  call: { readonly eventType: string; readonly endpoint: string; readonly model: Model },
  tokens: { readonly input: number; readonly output: number; readonly cachedShare?: number },
  properties?: DemoCall['properties'],
): DemoCall => {
  const status = statusOf(random)
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

const COMPLEXITIES = [1, 1.5, 2, 3]
const COMPLEXITY_WEIGHTS = [4, 3, 2, 1]

const complexityOf = (random: SeededRandom): number =>
  random.pick(COMPLEXITIES, (_, index) => COMPLEXITY_WEIGHTS[index] ?? 0)

/** What is on of these features. */
const flags = (random: SeededRandom, chances: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(chances).flatMap(([name, chance]) =>
      random.chance(chance) ? [[name, true]] : [],
    ),
  )

const aiCall =
  (
    call: { readonly eventType: string; readonly endpoint: string; readonly model: Model },
    tokens: { readonly input: number; readonly output: number; readonly cachedShare?: number },
    chances: Readonly<Record<string, number>> = {},
  ) =>
  (random: SeededRandom): DemoCall =>
    modelCall(random, call, tokens, {
      complexity: complexityOf(random),
      ...flags(random, chances),
    })

/** The workspace's lighter work: chat, search, drafts. */
const WORKSPACE_BASICS: readonly DemoCallKind[] = [
  {
    weight: 30,
    make: aiCall(
      { eventType: 'chat_message', endpoint: '/api/assistant/messages', model: 'gpt-4o-mini' },
      { input: 1_400, output: 280, cachedShare: 0.5 },
      { web_search: 0.15 },
    ),
  },
  {
    weight: 14,
    make: aiCall(
      {
        eventType: 'chat_with_documents',
        endpoint: '/api/assistant/answers',
        model: 'gpt-4o-mini',
      },
      { input: 4_200, output: 350 },
      { citations: 0.6 },
    ),
  },
  {
    weight: 10,
    make: aiCall(
      { eventType: 'write_draft', endpoint: '/api/documents/drafts', model: 'gpt-4o' },
      { input: 1_800, output: 1_100 },
      { citations: 0.3 },
    ),
  },
  {
    weight: 14,
    make: (random) => ({
      eventType: 'semantic_search',
      endpoint: '/api/search',
      method: 'GET',
      status: statusOf(random),
      durationMs: Math.round(random.skewed(90, 0.5)),
      properties: { rerank: random.chance(0.4) },
    }),
  },
  {
    weight: 4,
    make: (random) => ({
      eventType: 'export_document',
      endpoint: '/api/documents/exports',
      method: 'POST',
      status: statusOf(random),
      durationMs: Math.round(random.skewed(1_900, 0.4)),
      properties: { pages: random.whole(1, 24) },
    }),
  },
]

/** The workspace's heavy work, which is where the credits go. */
const WORKSPACE_ANALYSIS: readonly DemoCallKind[] = [
  {
    weight: 10,
    make: aiCall(
      {
        eventType: 'structuring_diagnose',
        endpoint: '/api/structuring/diagnose',
        model: 'claude-sonnet-4-5',
      },
      { input: 3_600, output: 900, cachedShare: 0.6 },
      { echo: 0.3, traceback: 0.2 },
    ),
  },
  {
    weight: 12,
    make: aiCall(
      {
        eventType: 'analyze_pain_points',
        endpoint: '/api/structuring/analyze-pain-points',
        model: 'gpt-4o',
      },
      { input: 5_200, output: 750 },
      { echo: 0.25 },
    ),
  },
  {
    weight: 11,
    make: aiCall(
      {
        eventType: 'generate_solution',
        endpoint: '/api/structuring/generate-solution',
        model: 'claude-sonnet-4-5',
      },
      { input: 4_400, output: 1_500, cachedShare: 0.6 },
      { echo: 0.3, traceback: 0.2, alternatives: 0.25 },
    ),
  },
  {
    weight: 6,
    make: aiCall(
      {
        eventType: 'generate_planning',
        endpoint: '/api/visuals/generate-planning',
        model: 'gpt-4o',
      },
      { input: 2_600, output: 1_200 },
      { critical_path: 0.4 },
    ),
  },
  {
    weight: 7,
    make: aiCall(
      {
        eventType: 'structure_solution',
        endpoint: '/api/solutioning/structure-solution',
        model: 'claude-sonnet-4-5',
      },
      { input: 5_800, output: 1_900, cachedShare: 0.6 },
      { traceback: 0.3 },
    ),
  },
]

/** Work of many steps: few calls, many credits. */
const WORKSPACE_AGENT: DemoCallKind = {
  weight: 28,
  make: (random) =>
    modelCall(
      random,
      { eventType: 'run_agent_task', endpoint: '/api/agent/tasks', model: 'claude-sonnet-4-5' },
      { input: 14_000, output: 2_600, cachedShare: 0.7 },
      {
        complexity: complexityOf(random),
        steps: random.whole(2, 9),
        ...flags(random, { web_search: 0.5 }),
      },
    ),
}

const CHATBOT: readonly DemoCallKind[] = [
  {
    weight: 62,
    make: (random) =>
      modelCall(
        random,
        { eventType: 'chat_message', endpoint: '/api/widget/chat', model: 'gpt-4o-mini' },
        { input: 1_150, output: 190, cachedShare: 0.4 },
      ),
  },
  {
    weight: 18,
    make: (random) =>
      modelCall(
        random,
        { eventType: 'chat_message', endpoint: '/api/widget/chat', model: 'gpt-4o' },
        { input: 1_500, output: 240, cachedShare: 0.4 },
      ),
  },
  {
    weight: 9,
    make: (random) => ({
      eventType: 'embedding',
      endpoint: '/api/knowledge/documents',
      method: 'POST',
      status: statusOf(random),
      durationMs: Math.round(random.skewed(240, 0.4)),
      inputTokens: Math.round(random.skewed(700, 0.5)),
      outputTokens: 0,
    }),
  },
  {
    weight: 9,
    make: (random) => ({
      eventType: 'api_call',
      endpoint: random.chance(0.7) ? '/api/widget/config' : '/api/conversations',
      method: 'GET',
      status: statusOf(random),
      durationMs: Math.round(random.skewed(35, 0.5)),
    }),
  },
  {
    weight: 2,
    make: (random) => ({
      eventType: 'error',
      endpoint: '/api/widget/chat',
      method: 'POST',
      status: random.chance(0.6) ? 500 : 503,
      durationMs: Math.round(random.skewed(2_800, 0.6)),
    }),
  },
]

const API_ENDPOINTS = [
  { method: 'GET', endpoint: '/v1/tracking/{id}', weight: 44, medianMs: 28 },
  { method: 'GET', endpoint: '/v1/rates', weight: 26, medianMs: 62 },
  { method: 'GET', endpoint: '/v1/shipments/{id}', weight: 15, medianMs: 34 },
  { method: 'POST', endpoint: '/v1/quotes', weight: 10, medianMs: 145 },
  { method: 'POST', endpoint: '/v1/shipments', weight: 5, medianMs: 210 },
]

const API: readonly DemoCallKind[] = API_ENDPOINTS.map(
  ({ method, endpoint, weight, medianMs }) => ({
    weight,
    make: (random) => ({
      eventType: 'api_call',
      endpoint,
      method,
      status: statusOf(random),
      durationMs: Math.max(1, Math.round(random.skewed(medianMs, 0.55))),
    }),
  }),
)

/** What each sort of product does all day. */
export const DEMO_PRODUCTS = {
  workspace: [...WORKSPACE_BASICS, ...WORKSPACE_ANALYSIS, WORKSPACE_AGENT],
  smallWorkspace: [...WORKSPACE_BASICS, { ...(WORKSPACE_ANALYSIS[1] as DemoCallKind), weight: 8 }],
  chatbot: CHATBOT,
  api: API,
} as const satisfies Readonly<Record<string, readonly DemoCallKind[]>>

export type DemoProduct = keyof typeof DEMO_PRODUCTS
