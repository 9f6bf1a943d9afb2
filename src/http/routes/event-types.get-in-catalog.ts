import { eventTypeSchema } from '../../contract/catalog.ts'
import { qualifiedPartParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The definition in force of one event type, where its key is in several catalogs. */
export const eventTypesGetInCatalog = defineRoute({
  operationId: 'event-types.get-in-catalog',
  method: 'get',
  path: '/api/admin/config/event-types/{catalog}/{key}',
  access: 'admin',
  tag: 'Event types',
  summary: 'Look up an event type of a catalog',
  params: qualifiedPartParameters,
  answers: { 200: { description: 'The definition in force.', schema: eventTypeSchema } },
  problems: ['not_found'],
  run: (call) => {
    const { catalog, key } = call.params
    return json(call.tollgate.eventRegistry.getEventDefinition(`${catalog}/${key}`))
  },
})
