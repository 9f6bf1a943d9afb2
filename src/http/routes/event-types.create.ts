import { eventTypeSchema } from '../../contract/catalog.ts'
import { catalogAndPart, eventTypeCreateSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Adds an event type to a catalog. */
export const eventTypesCreate = defineRoute({
  operationId: 'event-types.create',
  method: 'post',
  path: '/api/admin/config/event-types',
  access: 'admin',
  tag: 'Event types',
  summary: 'Add an event type to a catalog',
  body: uncheckedBody(eventTypeCreateSchema, {
    catalog: 'ai-workspace',
    key: 'analyze_contract',
    name: 'Analyze a contract',
    category: 'ai_analysis',
    baseCredits: '12',
    multipliers: ['complexity'],
    meters: { ai_calls: 1 },
  }),
  answers: { 201: { description: 'It is in force.', schema: eventTypeSchema } },
  problems: ['not_found', 'already_exists'],
  run: async (call) => {
    const { catalog, part } = catalogAndPart(call.body)
    const { eventRegistry } = call.tollgate
    return json(await eventRegistry.createEventDefinition(catalog, part, call.acting), 201)
  },
})
