import { type Context, Hono } from 'hono'
import { type MeterVariables, meter } from '../../../src/frameworks/hono.ts'
import type { GateSource } from '../../../src/guard/options.ts'
import { answerTo } from './answer.ts'

export const open = (tollgate: GateSource) => {
  const app = new Hono<{ Variables: MeterVariables }>()
  const identify = (c: Context) => ({ organizationId: c.req.header('x-organization') ?? '' })
  const estimate = { quantities: { tokens: 2_000 } }

  const gate = meter(tollgate, { eventType: 'chat', identify, estimate })
  app.post('/chat', gate, async (c) => {
    const { text, tokens } = await answerTo((await c.req.json()).question)
    c.get('hold')?.used({ quantities: { tokens } })
    return c.json({ text })
  })

  return app
}
