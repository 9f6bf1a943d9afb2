// The bare framework, to compare with: the same adapter and the same router as Tollgate's server,
// and a handler that parses the body and answers a constant. Says its address on the standard
// output once it listens, as `tollgate start` does.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/api/usage/track', async (context) => {
  await context.req.json()
  return context.json({ allowed: true })
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(`empty handler listening on http://127.0.0.1:${port}`)
})
