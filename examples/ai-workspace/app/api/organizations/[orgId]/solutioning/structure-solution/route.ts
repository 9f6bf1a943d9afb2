import { meterChatModel } from 'tollgate/langchain'
import { complexityOf } from '@/workspace/complexity'
import { INSTRUCTIONS } from '@/workspace/instructions'
import { openModel } from '@/workspace/model'
import { getAuthorization, identifyMember } from '@/workspace/people'
import { notATask, taskOf } from '@/workspace/task'
import { getTollgate } from '@/workspace/tollgate'

interface Context {
  readonly params: Promise<{ orgId: string }>
}

/** The alternative to a wrapped route: it meters the LangChain model itself. */
export const POST = async (request: Request, context: Context): Promise<Response> => {
  const { problem } = await getAuthorization()
  try {
    const { organizationId, userId, actor } = await identifyMember(request, context)
    const task = await taskOf(request)
    if (!task) return notATask()
    const complexity = complexityOf(task.text)
    let usage: unknown
    const model = meterChatModel(await openModel(), await getTollgate(), {
      organizationId,
      userId,
      eventType: 'structure_solution',
      properties: { complexity, ...task.extras },
      onUsage: (settled) => {
        usage = settled
      },
      call: { actor },
    })
    const answer = await model.invoke(
      [
        ['system', INSTRUCTIONS.structure_solution],
        ['human', task.text],
      ],
      { signal: request.signal },
    )
    return Response.json({ result: answer.text, complexity, usage })
  } catch (error) {
    return problem(error, request)
  }
}
