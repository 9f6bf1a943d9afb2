import { eventTypeListSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Every event type of every catalog in force. */
export const eventTypesList = defineRoute({
  operationId: 'event-types.list',
  method: 'get',
  path: '/api/admin/config/event-types',
  access: 'admin',
  tag: 'Event types',
  summary: 'List event types',
  answers: {
    200: { description: 'Those of every catalog in force.', schema: eventTypeListSchema },
  },
  run: (call) => {
    const listed = call.tollgate.eventRegistry.listEventDefinitions()
    return json({
      eventTypes: listed.map(({ catalog, definition }) => ({ catalog, ...definition })),
    })
  },
})
