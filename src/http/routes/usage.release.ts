import { reservationStateSchema } from '../../contract/decision.ts'
import { organizationQuerySchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { reservationParameters } from '../reservation-parameters.ts'
import { defineRoute } from '../route.ts'

/** Gives all of it back. */
export const usageRelease = defineRoute({
  operationId: 'usage.release',
  method: 'post',
  path: '/api/usage/reservations/{id}/release',
  access: 'gate.use',
  organization: 'query',
  tag: 'Reservations',
  summary: 'Give all of it back',
  description: 'Takes no body. Releasing a reservation that has ended changes nothing.',
  params: reservationParameters,
  query: organizationQuerySchema,
  answers: { 200: { description: 'How it ended.', schema: reservationStateSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.release(call.organizationId, call.params.id)),
})
