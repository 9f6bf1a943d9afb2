// The bare framework for comparison: Tollgate's adapter and router, with a handler that parses the
// body and answers a constant. It prints its address on stdout once it listens, like `tollgate
// start`.
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
