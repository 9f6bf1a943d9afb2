import { type EventType, eventTypePatchSchema } from '../../contract/catalog.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { CallOptions, Tollgate } from '../../contract/tollgate.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { changeCatalog } from './catalog-verbs.ts'

/** The event types in force, and their changes; each change is a new version of its catalog. */
export const eventRegistry = (ctx: Context): Tollgate['eventRegistry'] => {
  const update = async (
    key: string,
    input: unknown,
    options: CallOptions = {},
    action = 'event_type.updated',
  ): Promise<EventType> => {
    const patch = parse(eventTypePatchSchema, input)
    const { catalog, definition } = ctx.catalog.onlyEventType(key)
    const act = { action, subject: `event-type:${catalog}/${definition.key}` }
    await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => ({
      ...document,
      eventTypes: document.eventTypes.map((type) =>
        type.key === definition.key ? { ...type, ...patch } : type,
      ),
    }))
    return ctx.catalog.onlyEventType(`${catalog}/${definition.key}`).definition
  }
  return {
    getEventDefinition: (key) => ctx.catalog.onlyEventType(key).definition,
    listEventDefinitions: () =>
      ctx.catalog.catalogs.flatMap((catalog) =>
        catalog.document.eventTypes.map((definition) => ({ catalog: catalog.key, definition })),
      ),
    createEventDefinition: async (catalog, input, options = {}) => {
      const key = keyOf(input)
      const act = { action: 'event_type.created', subject: `event-type:${catalog}/${key}` }
      const change = { ...actorOf(options), act }
      await changeCatalog(ctx, catalog, change, (document) => {
        if (document.eventTypes.some((type) => type.key === key)) {
          throw new TollgateError('already_exists', `there is an event type "${key}" already`, [
            { field: 'key', message: 'is taken' },
          ])
        }
        return { ...document, eventTypes: [...document.eventTypes, input] }
      })
      return ctx.catalog.onlyEventType(`${catalog}/${key}`).definition
    },
    updateEventDefinition: (key, patch, options) => update(key, patch, options),
    deactivate: (key, options) => update(key, { active: false }, options, 'event_type.deactivated'),
    refresh: () => ctx.catalog.refresh(),
  }
}

const keyOf = (input: unknown): string =>
  typeof input === 'object' && input !== null && 'key' in input ? String(input.key) : ''
