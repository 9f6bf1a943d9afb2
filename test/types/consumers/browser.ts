import { createClient, type Hold, type Member, responseOf, TollgateError } from 'tollgate/client'
import { decisionResponse, decisionStatus, TollgateRefusal } from 'tollgate/http'

const tollgate = createClient({
  url: 'https://tollgate.example.com',
  key: async (refused) => (refused === undefined ? 'the-first-key' : 'the-next-key'),
  organizationId: 'acme',
})

/** Narrows on `allowed`, disposes of holds, iterates pages and compares codes. */
export const uses = async (): Promise<Response | number | Member> => {
  const decision = await tollgate.track({ eventType: 'api_call', properties: { echo: true } })
  if (!decision.allowed) return decisionResponse(decision)
  const resetAt: string | null = decision.resetAt
  const hold = await tollgate.reserve({ eventType: 'chat', quantities: { tokens: 1 } })
  if (!hold.allowed) return decisionStatus(hold)
  await using held: Hold = hold
  await held.settle({ inputTokens: 3, outputTokens: null })
  for await (const member of tollgate.members.list({ limit: 3 })) return member
  const { pagination, events } = await tollgate.usage.history({ startDate: new Date() })
  try {
    return await tollgate
      .run(
        { eventType: 'chat' },
        async (running) => {
          running.used({ outputTokens: 2 })
          return { tokens: events.length + (pagination.total ?? 0) + (resetAt?.length ?? 0) }
        },
        { usageOf: (answer) => ({ quantities: { tokens: answer.tokens } }) },
      )
      .then((answer) => answer.tokens)
  } catch (error) {
    if (error instanceof TollgateRefusal) return error.status
    if (!(error instanceof TollgateError)) throw error
    switch (error.code) {
      case 'timed_out':
      case 'unavailable':
        return error.retryAfterSeconds ?? 0
      default:
        return responseOf(decision)?.retries ?? 0
    }
  }
}

// @ts-expect-error a refusal has a reason, and a yes has no `retryAfter`
export const wrong = (): number => tollgate.track({ eventType: 'x' }).retryAfter
