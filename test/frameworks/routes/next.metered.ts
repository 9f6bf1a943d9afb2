import { metered } from '../../../src/frameworks/next/index.ts'
import type { GateSource } from '../../../src/guard/options.ts'
import { answerTo } from './answer.ts'

export const open = (tollgate: GateSource) => {
  const identify = ({ headers }: Request) => ({
    organizationId: headers.get('x-organization') ?? '',
  })
  const estimate = { quantities: { tokens: 2_000 } }

  const options = { eventType: 'chat', identify, estimate }
  const POST = metered(tollgate, options, async (request, { hold }) => {
    const { question } = (await request.json()) as { question: string }
    const { text, tokens } = await answerTo(question)
    hold?.used({ quantities: { tokens } })
    return Response.json({ text })
  })

  return POST
}
