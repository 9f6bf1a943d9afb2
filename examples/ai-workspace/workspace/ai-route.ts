import { metered } from 'tollgate/next'
import { complexityOf } from './complexity'
import { INSTRUCTIONS, type WorkspaceEventType } from './instructions'
import { openModel, usedBy } from './model'
import { identifyMember } from './people'
import { notATask, taskOf } from './task'
import { getTollgate } from './tollgate'

/**
 * A route behind Tollgate's wrapper. It reserves the price, which depends on the task's size,
 * before it calls the model. At the end of the answer it settles the actual use.
 */
export const aiRoute = (eventType: WorkspaceEventType, endpoint: string) =>
  metered(
    getTollgate,
    {
      eventType,
      endpoint,
      mode: 'reserve',
      usageBlock: true,
      identify: identifyMember,
      properties: async (request) => {
        const task = await taskOf(request)
        return task && { complexity: complexityOf(task.text), ...task.extras }
      },
    },
    async (request, { hold, signal }) => {
      const task = await taskOf(request)
      if (!task) return notATask()
      const model = await openModel()
      const messages: [string, string][] = [
        ['system', INSTRUCTIONS[eventType]],
        ['human', task.text],
      ]
      const answer = await model.invoke(messages, { signal })
      hold?.used(usedBy(model, answer))
      return Response.json({ result: answer.text, complexity: complexityOf(task.text) })
    },
  )
