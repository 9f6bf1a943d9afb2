import { Hono } from 'hono'
import { answerTo } from './answer.ts'

export const open = () => {
  const app = new Hono()

  app.post('/chat', async (c) => {
    const { text } = await answerTo((await c.req.json()).question)
    return c.json({ text })
  })

  return app
}
