import type { EventType, EventTypeInput, EventTypePatch } from '../contract/catalog.ts'
import { invalid, type TollgateError } from '../contract/errors.ts'
import type { EventRegistry } from '../contract/registries.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { isNamed } from '../guard/denial.ts'
import { opened, type Source } from './source.ts'

/** The library's event registry, except that an update creates a missing event type. */
export const eventRegistryOf = (
  source: Source<Pick<Tollgate, 'eventRegistry'>>,
  catalog: string | undefined,
): EventRegistry => {
  const registry = async () => (await opened(source)).eventRegistry
  return {
    getEventDefinition: async (...given) => (await registry()).getEventDefinition(...given),
    listEventDefinitions: async (...given) => (await registry()).listEventDefinitions(...given),
    createEventDefinition: async (...given) => (await registry()).createEventDefinition(...given),
    deactivate: async (...given) => (await registry()).deactivate(...given),
    refresh: async (...given) => (await registry()).refresh(...given),
    updateEventDefinition: async (key, patch, options) => {
      const events = await registry()
      const update = () => events.updateEventDefinition(key, patch, options)
      try {
        return await update()
      } catch (error) {
        if (!isCode(error, 'not_found')) throw error
      }
      try {
        const place = await placeOf(events, key, catalog)
        return await made(events, place, patch, options)
      } catch (error) {
        // Somebody else created it at the same moment.
        if (!isCode(error, 'already_exists')) throw error
        await events.refresh()
        return update()
      }
    },
  }
}

interface Place {
  readonly catalog: string
  readonly key: string
}

/** Fields that are missing for its creation (price, category) are reported by the engine. */
const made = (
  events: EventRegistry,
  { catalog, key }: Place,
  patch: EventTypePatch,
  options: Parameters<EventRegistry['updateEventDefinition']>[2],
): Promise<EventType> =>
  events.createEventDefinition(catalog, { name: key, ...patch, key } as EventTypeInput, options)

/** The catalog that the key names, or the chosen one, or the only one. */
const placeOf = async (
  events: EventRegistry,
  given: string,
  chosen: string | undefined,
): Promise<Place> => {
  const [, named, inNamed] = /^([^/]+)\/(.+)$/.exec(given) ?? []
  if (named !== undefined && inNamed !== undefined) return { catalog: named, key: inNamed }
  if (chosen !== undefined) return { catalog: chosen, key: given }
  const all = new Set((await events.listEventDefinitions()).map(({ catalog }) => catalog))
  const [only, another] = [...all]
  if (only !== undefined && another === undefined) return { catalog: only, key: given }
  const message = `is in no catalog, and there are several: name one, as in catalog/${given}`
  throw invalid({ field: 'key', message })
}

const isCode = (error: unknown, code: TollgateError['code']): boolean =>
  isNamed<TollgateError>(error, 'TollgateError') && error.code === code
