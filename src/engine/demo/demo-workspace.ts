import {
  type DemoCall,
  type DemoCallKind,
  type DemoModel,
  demoModelCall,
  demoStatus,
} from './demo-calls.ts'
import type { SeededRandom } from './seeded-random.ts'

const COMPLEXITIES = [1, 1.5, 2, 3]
const COMPLEXITY_WEIGHTS = [4, 3, 2, 1]

const complexityOf = (random: SeededRandom): number =>
  random.pick(COMPLEXITIES, (_, index) => COMPLEXITY_WEIGHTS[index] ?? 0)

/** Switches each feature on with its probability. */
const flags = (random: SeededRandom, chances: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(chances).flatMap(([name, chance]) =>
      random.chance(chance) ? [[name, true]] : [],
    ),
  )

const aiCall =
  (
    call: { readonly eventType: string; readonly endpoint: string; readonly model: DemoModel },
    tokens: { readonly input: number; readonly output: number; readonly cachedShare?: number },
    chances: Readonly<Record<string, number>> = {},
  ) =>
  (random: SeededRandom): DemoCall =>
    demoModelCall(random, call, tokens, {
      complexity: complexityOf(random),
      ...flags(random, chances),
    })

/** The workspace's lighter work: chat, search, drafts. */
export const WORKSPACE_BASICS: readonly DemoCallKind[] = [
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
      status: demoStatus(random),
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
      status: demoStatus(random),
      durationMs: Math.round(random.skewed(1_900, 0.4)),
      properties: { pages: random.whole(1, 24) },
    }),
  },
]

/** The workspace's heavy work, which uses most of the credits. */
export const WORKSPACE_ANALYSIS: readonly DemoCallKind[] = [
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
export const WORKSPACE_AGENT: DemoCallKind = {
  weight: 28,
  make: (random) =>
    demoModelCall(
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
