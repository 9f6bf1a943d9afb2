import { z } from 'zod'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

export const healthStatusSchema = z.object({ status: z.literal('ok') })

/** Is the process up? Asks nothing of the store. */
export const healthLive = defineRoute({
  operationId: 'health.live',
  method: 'get',
  path: '/healthz',
  access: 'public',
  tag: 'Operation',
  summary: 'Is the process up?',
  description:
    'Asks nothing of the store, so a database that is down does not restart the process.',
  answers: { 200: { description: 'It is.', schema: healthStatusSchema } },
  run: () => json({ status: 'ok' }),
})
