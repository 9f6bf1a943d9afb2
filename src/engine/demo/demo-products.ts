import { type DemoCallKind, demoModelCall, demoStatus } from './demo-calls.ts'
import { WORKSPACE_AGENT, WORKSPACE_ANALYSIS, WORKSPACE_BASICS } from './demo-workspace.ts'

const CHATBOT: readonly DemoCallKind[] = [
  {
    weight: 62,
    make: (random) =>
      demoModelCall(
        random,
        { eventType: 'chat_message', endpoint: '/api/widget/chat', model: 'gpt-4o-mini' },
        { input: 1_150, output: 190, cachedShare: 0.4 },
      ),
  },
  {
    weight: 18,
    make: (random) =>
      demoModelCall(
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
      status: demoStatus(random),
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
      status: demoStatus(random),
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
      status: demoStatus(random),
      durationMs: Math.max(1, Math.round(random.skewed(medianMs, 0.55))),
    }),
  }),
)

/** The calls of each kind of product. */
export const DEMO_PRODUCTS = {
  workspace: [...WORKSPACE_BASICS, ...WORKSPACE_ANALYSIS, WORKSPACE_AGENT],
  smallWorkspace: [...WORKSPACE_BASICS, { ...(WORKSPACE_ANALYSIS[1] as DemoCallKind), weight: 8 }],
  chatbot: CHATBOT,
  api: API,
} as const satisfies Readonly<Record<string, readonly DemoCallKind[]>>

export type DemoProduct = keyof typeof DEMO_PRODUCTS
