import Fastify, { type FastifyRequest } from 'fastify'
import { tollgatePlugin } from '../../../src/frameworks/fastify.ts'
import type { GateSource } from '../../../src/guard/options.ts'
import { answerTo } from './answer.ts'

export const open = (tollgate: GateSource) => {
  const fastify = Fastify()
  const identify = ({ headers }: FastifyRequest) => ({
    organizationId: String(headers['x-organization']),
  })
  const estimate = { quantities: { tokens: 2_000 } }
  fastify.register(tollgatePlugin<FastifyRequest>, { tollgate, identify, estimate })

  const config = { meter: 'chat' }
  fastify.post<{ Body: { question: string } }>('/chat', { config }, async (request) => {
    const { text, tokens } = await answerTo(request.body.question)
    request.hold?.used({ quantities: { tokens } })
    return { text }
  })

  return fastify
}
