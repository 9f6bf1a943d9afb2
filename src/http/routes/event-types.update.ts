import { eventTypePatchSchema, eventTypeSchema } from '../../contract/catalog.ts'
import { partParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes an event type: what is given replaces what was there. */
export const eventTypesUpdate = defineRoute({
  operationId: 'event-types.update',
  method: 'patch',
  path: '/api/admin/config/event-types/{key}',
  access: 'admin',
  tag: 'Event types',
  summary: 'Change an event type',
  description: 'What is given replaces what was there. `active: false` deactivates it.',
  params: partParameters,
  body: uncheckedBody(eventTypePatchSchema, { baseCredits: '12' }),
  answers: { 200: { description: 'The definition now in force.', schema: eventTypeSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { eventRegistry } = call.tollgate
    const { key } = call.params
    return json(await eventRegistry.updateEventDefinition(key, call.body, call.acting))
  },
})
