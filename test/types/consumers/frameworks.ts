import type { TollgateEngine } from 'tollgate'
import type { TollgateClient } from 'tollgate/client'
import * as express from 'tollgate/express'
import * as fastify from 'tollgate/fastify'
import * as hono from 'tollgate/hono'
import * as next from 'tollgate/next'

/** No framework is installed here, because their adapters are typed structurally. */
export const wraps = (engine: TollgateEngine, client: TollgateClient) => {
  const getTollgate = next.shared(async () => engine)
  const identify = () => ({ organizationId: 'acme' })
  const options = { eventType: 'chat_message', identify }
  // @ts-expect-error there is no such mode
  express.meter(engine, { ...options, mode: 'sometimes' })
  // @ts-expect-error whose it is has to be said
  hono.meter(engine, { eventType: 'chat_message' })
  // @ts-expect-error a client cannot tell whose a key is
  express.byApiKey(client)
  return [
    express.meter(client, options),
    express.metered(getTollgate, options, (_req, res, { hold }) => {
      hold?.used({ inputTokens: 1 })
      res.json({})
    }),
    fastify.meter(client, options),
    fastify.tollgatePlugin,
    hono.meter(getTollgate, { ...options, estimate: { quantities: { tokens: 100 } } }),
    next.metered(getTollgate, options, async (request, { params, organizationId }) =>
      Response.json({ ...(await params), organizationId, method: request.method }),
    ),
    next.meteredAction(getTollgate, options, async ({ hold }, text: string) => {
      hold?.used({ inputTokens: text.length })
      return text
    }),
    next.withApiKey(getTollgate, { eventType: 'api_call' }, () => new Response()),
    next.toNextHandler(getTollgate, { basePath: '/billing' }).GET,
    next.withTollgate({ reactStrictMode: true }).reactStrictMode,
  ] as const
}
