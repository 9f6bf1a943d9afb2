import { createServer } from 'node:http'
import express, { type Request } from 'express'
import { byApiKey, meter, metered } from '../../../src/frameworks/express.ts'
import { currentCall } from '../../../src/guard/current-call.ts'
import { optionsBy, type Produced, pieces } from '../options.ts'
import { closed, listening, type StartHost } from './host.ts'

export const startExpress: StartHost = async (gate, engine) => {
  const produced: Produced = new Map()
  const options = optionsBy<Request>((request, name) => request.header(name))
  const app = express()
  app.use(express.json())
  app.post('/track', meter(gate, options.track), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/hold', meter(gate, options.hold), (req, res) => {
    req.hold?.used({ quantities: { tokens: 42 } })
    res.json({ ok: true })
  })
  app.post('/untold', meter(gate, options.hold), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/throws', meter(gate, options.hold), async () => {
    throw new Error('the handler failed')
  })
  app.post('/fails/:status', meter(gate, options.hold), (req, res) => {
    res.status(Number(req.params.status)).json({ ok: false })
  })
  app.post('/stream/:count', meter(gate, options.hold), async (req, res) => {
    const call = req.tollgate
    if (!call) throw new Error('not metered')
    const { signal, used } = call
    const name = req.header('x-name') ?? ''
    for await (const piece of pieces(produced, {
      name,
      count: Number(req.params.count),
      signal,
      used,
    })) {
      res.write(piece)
    }
    res.end()
  })
  app.post('/record', meter(gate, options.record), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/record/used', meter(gate, options.record), (req, res) => {
    req.tollgate?.used({ quantities: { tokens: 3 } })
    res.json({ ok: true })
  })
  app.post('/record/fails', meter(gate, options.record), (_req, res) => {
    res.status(500).json({ ok: false })
  })
  app.post('/usage/tracked', meter(gate, options.tracked), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/usage/held', meter(gate, options.held), (req, res) => {
    req.hold?.used({ quantities: { tokens: 42 } })
    res.json({ ok: true })
  })
  app.post('/current', meter(gate, options.hold), async (_req, res) => {
    await new Promise((resolve) => setImmediate(resolve))
    const call = currentCall()
    call?.hold?.used({ quantities: { tokens: 0 } })
    res.json({ ...call, hold: call?.hold?.allowed, signal: call?.signal?.aborted })
  })
  app.post(
    '/metered',
    metered(gate, options.hold, async (_req, res, { hold }) => {
      hold?.used({ quantities: { tokens: 42 } })
      res.json({ ok: true })
    }),
  )
  const keyed = { eventType: 'chat', identify: byApiKey(engine), quantities: { tokens: 10 } }
  app.post('/key', meter(engine, keyed), (req, res) => {
    res.json({ for: req.tollgate?.organizationId })
  })
  // Silences Express, which prints handlers' errors.
  app.set('env', 'test')
  const server = createServer(app).listen(0, '127.0.0.1')
  return { url: await listening(server), produced, close: () => closed(server) }
}
