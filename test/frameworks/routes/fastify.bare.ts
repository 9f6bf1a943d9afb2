import Fastify from 'fastify'
import { answerTo } from './answer.ts'

export const open = () => {
  const fastify = Fastify()

  fastify.post<{ Body: { question: string } }>('/chat', async (request) => {
    const { text } = await answerTo(request.body.question)
    return { text }
  })

  return fastify
}
