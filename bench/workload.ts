import type { Call } from '../src/contract/usage.ts'

/**
 * Realistic traffic: 20 organizations with 50 users and 8 endpoints each, and three models. The
 * order is a multiplicative sequence, so a batch includes all of them, and runs are repeatable.
 */
export const ORGANIZATIONS = 20

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'o3-mini']

export const organizationOf = (n: number): string => `org-${n % ORGANIZATIONS}`

export const eventNumber = (n: number, at: string): Call => ({
  id: `event-${n}`,
  organizationId: organizationOf(n),
  eventType: 'chat_message',
  userId: `user-${(n * 7919) % 50}`,
  sessionId: `session-${(n * 104_729) % 500}`,
  timestamp: at,
  provider: 'openai',
  model: MODELS[n % MODELS.length] as string,
  inputTokens: 200 + ((n * 31) % 3_000),
  outputTokens: 10 + ((n * 17) % 400),
  endpoint: `/api/chat/${(n * 13) % 8}`,
  method: 'POST',
  status: n % 97 === 0 ? 500 : 200,
  durationMs: 40 + ((n * 29) % 900),
})
