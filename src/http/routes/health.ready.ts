import { TollgateError } from '../../contract/errors.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'
import { healthStatusSchema } from './health.live.ts'

/** Can it take work? */
export const healthReady = defineRoute({
  operationId: 'health.ready',
  method: 'get',
  path: '/readyz',
  access: 'public',
  tag: 'Operation',
  summary: 'Can it take work?',
  description: 'Answers within a second, whether or not the store can be reached.',
  answers: { 200: { description: 'It can.', schema: healthStatusSchema } },
  problems: ['unavailable'],
  run: async (call) => {
    await call.tollgate.ready().catch((cause: unknown) => {
      throw new TollgateError('unavailable', undefined, undefined, cause)
    })
    return json({ status: 'ok' })
  },
})
