import { eventTypePatchSchema, eventTypeSchema } from '../../contract/catalog.ts'
import { qualifiedPartParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes an event type, where its key is in several catalogs. */
export const eventTypesUpdateInCatalog = defineRoute({
  operationId: 'event-types.update-in-catalog',
  method: 'patch',
  path: '/api/admin/config/event-types/{catalog}/{key}',
  access: 'admin',
  tag: 'Event types',
  summary: 'Change an event type of a catalog',
  description: 'What is given replaces what was there. `active: false` deactivates it.',
  params: qualifiedPartParameters,
  body: uncheckedBody(eventTypePatchSchema, { baseCredits: '12' }),
  answers: { 200: { description: 'The definition now in force.', schema: eventTypeSchema } },
  problems: ['not_found'],
  run: async (call) => {
    const { eventRegistry } = call.tollgate
    const key = `${call.params.catalog}/${call.params.key}`
    return json(await eventRegistry.updateEventDefinition(key, call.body, call.acting))
  },
})
