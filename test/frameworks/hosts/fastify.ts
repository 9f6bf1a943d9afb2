import { Readable } from 'node:stream'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import {
  byApiKey,
  type MeteredRequest,
  type MeteredRouteConfig,
  meter,
  metered,
  tollgatePlugin,
} from '../../../src/frameworks/fastify.ts'
import { currentCall } from '../../../src/guard/current-call.ts'
import { optionsBy, type Produced, pieces } from '../options.ts'
import { listening, type StartHost } from './host.ts'

declare module 'fastify' {
  interface FastifyRequest extends MeteredRequest {}
  interface FastifyContextConfig extends MeteredRouteConfig<FastifyRequest> {}
}

export const startFastify: StartHost = async (gate, engine) => {
  const produced: Produced = new Map()
  const options = optionsBy<FastifyRequest>((request, name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  })
  const fastify = Fastify({ forceCloseConnections: true })
  const { eventType, identify } = options.track
  // This is not awaited, and the routes are declared before it is loaded.
  fastify.register(tollgatePlugin<FastifyRequest>, { tollgate: gate, eventType, identify })
  const { track, hold, record, tracked, held } = options
  fastify.post('/track', { config: { meter: track } }, async () => ({ ok: true }))
  fastify.post('/hold', { config: { meter: hold } }, async (request) => {
    request.hold?.used({ quantities: { tokens: 42 } })
    return { ok: true }
  })
  fastify.post('/untold', { preHandler: meter(gate, hold) }, async () => ({ ok: true }))
  fastify.post('/throws', { config: { meter: hold } }, async () => {
    throw new Error('the handler failed')
  })
  fastify.post<{ Params: { status: string } }>(
    '/fails/:status',
    { config: { meter: hold } },
    async (request, reply) => reply.code(Number(request.params.status)).send({ ok: false }),
  )
  fastify.post<{ Params: { count: string } }>(
    '/stream/:count',
    { config: { meter: hold } },
    async (request, reply) => {
      const call = request.tollgate
      if (!call) throw new Error('not metered')
      const { signal, used } = call
      const name = String(request.headers['x-name'])
      const count = Number(request.params.count)
      const text = Readable.from(pieces(produced, { name, count, signal, used }))
      return reply.type('text/plain').send(text)
    },
  )
  fastify.post('/record', { config: { meter: record } }, async () => ({ ok: true }))
  fastify.post('/record/used', { config: { meter: record } }, async (request) => {
    request.tollgate?.used({ quantities: { tokens: 3 } })
    return { ok: true }
  })
  fastify.post('/record/fails', { config: { meter: record } }, async (_request, reply) =>
    reply.code(500).send({ ok: false }),
  )
  fastify.post('/usage/tracked', { config: { meter: tracked } }, async () => ({ ok: true }))
  fastify.post('/usage/held', { config: { meter: held } }, async (request) => {
    request.hold?.used({ quantities: { tokens: 42 } })
    return { ok: true }
  })
  fastify.post('/current', { config: { meter: hold } }, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    const call = currentCall()
    call?.hold?.used({ quantities: { tokens: 0 } })
    return { ...call, hold: call?.hold?.allowed, signal: call?.signal?.aborted }
  })
  fastify.post(
    '/metered',
    metered(gate, hold, async (_request: FastifyRequest, _reply: FastifyReply, { hold }) => {
      hold?.used({ quantities: { tokens: 42 } })
      return { ok: true }
    }),
  )
  const keyed = { eventType: 'chat', identify: byApiKey(engine), quantities: { tokens: 10 } }
  fastify.post('/key', { preHandler: meter(engine, keyed) }, async (request) => ({
    for: request.tollgate?.organizationId,
  }))
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  return { url: await listening(fastify.server), produced, close: () => fastify.close() }
}
