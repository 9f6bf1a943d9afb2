import express, { type Request } from 'express'
import { meter } from '../../../src/frameworks/express.ts'
import type { GateSource } from '../../../src/guard/options.ts'
import { answerTo } from './answer.ts'

export const open = (tollgate: GateSource) => {
  const app = express().use(express.json())
  const identify = (req: Request) => ({ organizationId: req.header('x-organization') ?? '' })
  const estimate = { quantities: { tokens: 2_000 } }

  const gate = meter(tollgate, { eventType: 'chat', identify, estimate })
  app.post('/chat', gate, async (req, res) => {
    const { text, tokens } = await answerTo(req.body.question)
    req.hold?.used({ quantities: { tokens } })
    res.json({ text })
  })

  return app
}
