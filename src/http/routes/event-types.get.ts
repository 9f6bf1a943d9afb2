import { eventTypeSchema } from '../../contract/catalog.ts'
import { partParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The definition in force of one event type. */
export const eventTypesGet = defineRoute({
  operationId: 'event-types.get',
  method: 'get',
  path: '/api/admin/config/event-types/{key}',
  access: 'admin',
  tag: 'Event types',
  summary: 'Look up an event type',
  params: partParameters,
  answers: { 200: { description: 'The definition in force.', schema: eventTypeSchema } },
  problems: ['not_found', 'unprocessable'],
  run: (call) => json(call.tollgate.eventRegistry.getEventDefinition(call.params.key)),
})
