import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import type { EventType, eventTypePatchSchema } from '../../contract/catalog.ts'
import type { EventTypeInCatalog, eventTypeCreateSchema } from '../../contract/catalog-verbs.ts'
import { TollgateError } from '../../contract/errors.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { givenOf } from './given-of.ts'
import { changeCatalog } from './put-in-force.ts'

/** The event types of every catalog in force. */
export const listEventTypes = async (ctx: Context): Promise<readonly EventTypeInCatalog[]> =>
  ctx.catalog.catalogs.flatMap(({ key: catalog, document }) =>
    document.eventTypes.map((definition) => ({ catalog, ...definition })),
  )

export const createEventType = async (
  ctx: Context,
  { catalog, ...definition }: z.output<typeof eventTypeCreateSchema>,
  options: CallOptions = {},
): Promise<EventType> => {
  const { key } = definition
  const act = { action: 'event_type.created', subject: `event-type:${catalog}/${key}` }
  await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => {
    if (document.eventTypes.some((type) => type.key === key)) {
      throw new TollgateError('already_exists', {
        detail: `there is an event type "${key}" already`,
        faults: [{ field: 'key', message: 'is taken' }],
      })
    }
    return { ...document, eventTypes: [...document.eventTypes, definition] }
  })
  return ctx.catalog.onlyEventType(`${catalog}/${key}`).definition
}

/** `key` may be `catalog/key`; a bare key must be in one catalog only. */
export const getEventType = async (
  ctx: Context,
  { key }: { readonly key: string },
): Promise<EventType> => ctx.catalog.onlyEventType(key).definition

/** The given fields replace the present ones. Each change is a new version of the catalog. */
export const updateEventType = async (
  ctx: Context,
  { key, ...input }: { readonly key: string } & z.output<typeof eventTypePatchSchema>,
  options: CallOptions = {},
): Promise<EventType> => {
  const patch = givenOf(input)
  const { catalog, definition } = ctx.catalog.onlyEventType(key)
  const named = `${catalog}/${definition.key}`
  const act = { action: actionOf(patch), subject: `event-type:${named}` }
  await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => ({
    ...document,
    eventTypes: document.eventTypes.map((type) =>
      type.key === definition.key ? { ...type, ...patch } : type,
    ),
  }))
  return ctx.catalog.onlyEventType(named).definition
}

/**
 * Switching an event type off has an action of its own in the audit log, if nothing else changes.
 */
const actionOf = (patch: z.output<typeof eventTypePatchSchema>): string =>
  patch.active === false && Object.keys(patch).length === 1
    ? 'event_type.deactivated'
    : 'event_type.updated'
