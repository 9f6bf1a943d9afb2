import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { stream } from 'hono/streaming'
import { byApiKey, type MeterVariables, meter, metered } from '../../../src/frameworks/hono.ts'
import { currentCall } from '../../../src/guard/current-call.ts'
import { optionsBy, type Produced, pieces } from '../options.ts'
import { closed, listening, type StartHost } from './host.ts'

type Env = { Variables: MeterVariables }

export const startHono: StartHost = async (gate, engine) => {
  const produced: Produced = new Map()
  const options = optionsBy<Context<Env>>((c, name) => c.req.header(name))
  const app = new Hono<Env>()
  app.post('/track', meter(gate, options.track), (c) => c.json({ ok: true }))
  app.post('/hold', meter(gate, options.hold), (c) => {
    c.get('hold')?.used({ quantities: { tokens: 42 } })
    return c.json({ ok: true })
  })
  app.post('/untold', meter(gate, options.hold), (c) => c.json({ ok: true }))
  app.post('/throws', meter(gate, options.hold), async () => {
    throw new Error('the handler failed')
  })
  app.post('/fails/:status', meter(gate, options.hold), (c) =>
    c.json({ ok: false }, Number(c.req.param('status')) as 500),
  )
  app.post('/stream/:count', meter(gate, options.hold), (c) => {
    const { signal, used } = c.get('tollgate')
    const name = c.req.header('x-name') ?? ''
    const count = Number(c.req.param('count'))
    return stream(c, async (out) => {
      for await (const piece of pieces(produced, { name, count, signal, used }))
        await out.write(piece)
    })
  })
  app.post('/record', meter(gate, options.record), (c) => c.json({ ok: true }))
  app.post('/record/used', meter(gate, options.record), (c) => {
    c.get('tollgate').used({ quantities: { tokens: 3 } })
    return c.json({ ok: true })
  })
  app.post('/record/fails', meter(gate, options.record), (c) => c.json({ ok: false }, 500))
  app.post('/usage/tracked', meter(gate, options.tracked), (c) => c.json({ ok: true }))
  app.post('/usage/held', meter(gate, options.held), (c) => {
    c.get('hold')?.used({ quantities: { tokens: 42 } })
    return c.json({ ok: true })
  })
  app.post('/current', meter(gate, options.hold), async (c) => {
    await new Promise((resolve) => setImmediate(resolve))
    const call = currentCall()
    call?.hold?.used({ quantities: { tokens: 0 } })
    return c.json({ ...call, hold: call?.hold?.allowed, signal: call?.signal?.aborted })
  })
  app.post(
    '/metered',
    metered(gate, options.hold, async (c, { hold }) => {
      hold?.used({ quantities: { tokens: 42 } })
      return c.json({ ok: true })
    }),
  )
  const keyed = { eventType: 'chat', identify: byApiKey(engine), quantities: { tokens: 10 } }
  app.post('/key', meter(engine, keyed), (c) => c.json({ for: c.get('tollgate').organizationId }))
  // Silences Hono, which prints handlers' errors.
  app.onError((_error, c) => c.json({ ok: false }, 500))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  return { url: await listening(server), produced, close: () => closed(server) }
}
