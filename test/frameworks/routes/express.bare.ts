import express from 'express'
import { answerTo } from './answer.ts'

export const open = () => {
  const app = express().use(express.json())

  app.post('/chat', async (req, res) => {
    const { text } = await answerTo(req.body.question)
    res.json({ text })
  })

  return app
}
