// One application in one framework with three equivalent routes: `/bare`, `/tracked` with its own
// call of `track`, and `/metered` with a wrapper. It prints its address on stdout once it listens.
import { createServer } from 'node:http'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { createTollgate } from 'tollgate'
import * as tollgateExpress from 'tollgate/express'
import * as tollgateFastify from 'tollgate/fastify'
import * as tollgateHono from 'tollgate/hono'

const [, , framework, url] = process.argv
// The database already contains its catalog and its organization.
const flushAt = process.env.BENCH_FLUSH_AT
const tollgate = await createTollgate({
  database: { url },
  decide: 'leased',
  catalogs: [],
  recorder: flushAt === undefined ? {} : { flushAt: Number(flushAt) },
})
const options = {
  eventType: 'call',
  identify: () => ({ organizationId: 'acme', userId: 'user-1' }),
  quantities: { tokens: 120 },
}
/** The same event as the wrapper's: the route adds it to one more roll-up. */
const track = () =>
  tollgate.track({
    ...options.identify(),
    eventType: 'call',
    quantities: options.quantities,
    method: 'POST',
    endpoint: '/metered',
  })
const listening = (port) => {
  console.log(`${framework} listening on http://127.0.0.1:${port}`)
}

const FRAMEWORKS = {
  express: () => {
    const app = express()
    app.use(express.json())
    const answer = (_req, res) => res.json({ text: 'Hello' })
    app.post('/bare', answer)
    app.post('/tracked', async (req, res) => {
      await track()
      answer(req, res)
    })
    app.post('/metered', tollgateExpress.meter(tollgate, options), answer)
    const server = createServer(app)
    server.listen(0, '127.0.0.1', () => listening(server.address().port))
  },
  fastify: async () => {
    const fastify = Fastify()
    const answer = async () => ({ text: 'Hello' })
    fastify.register(async (bare) => {
      bare.post('/bare', answer)
      bare.post('/tracked', async () => {
        await track()
        return answer()
      })
    })
    fastify.register(async (metered) => {
      await metered.register(tollgateFastify.tollgatePlugin, { tollgate, ...options })
      metered.post('/metered', { config: { meter: 'call' } }, answer)
    })
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    listening(fastify.server.address().port)
  },
  hono: () => {
    const app = new Hono()
    const answer = async (c) => {
      await c.req.json()
      return c.json({ text: 'Hello' })
    }
    app.post('/bare', answer)
    app.post('/tracked', async (c) => {
      await track()
      return answer(c)
    })
    app.post('/metered', tollgateHono.meter(tollgate, options), answer)
    serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => listening(port))
  },
}
await FRAMEWORKS[framework]()
process.on('SIGTERM', () => tollgate.close().then(() => process.exit(0)))
