import type { EventType, ModelPrice, Plan } from '../contract/catalog.ts'
import type { CatalogVersion } from '../contract/catalog-version.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

type CatalogParts = 'catalog' | 'eventRegistry' | 'planRegistry' | 'modelPrices'

const ROOT = '/api/admin/config'

/** Catalogs and what is in them. Over HTTP each part stands flat beside the catalog it is in. */
export const catalogClient = ({ ask }: Transport): Pick<TollgateClient, CatalogParts> => {
  const get = <Value>(path: string, query = {}): Promise<Value> =>
    ask({ method: 'GET', path: ROOT + path, query })
  const post = <Value>(path: string, body: unknown): Promise<Value> =>
    ask({ method: 'POST', path: ROOT + path, body })
  const patch = <Value>(path: string, body: unknown): Promise<Value> =>
    ask({ method: 'PATCH', path: ROOT + path, body })
  const refresh = async () => {
    await post('/refresh', undefined)
  }
  return {
    catalog: {
      inForce: async () => {
        const { catalogs } = await get<{ catalogs: readonly CatalogVersion[] }>('')
        return catalogs
      },
      versions: async (catalog, { before, limit } = {}) => {
        const query = { catalog, before, limit }
        const { versions } = await get<{ versions: readonly CatalogVersion[] }>('/versions', query)
        return versions
      },
      diff: (document) => post('/diff', { document }),
      apply: (document, { note, applyToExisting }) =>
        patch('', { document, note, applyToExisting }),
    },
    eventRegistry: {
      getEventDefinition: (key) => get(partAt('event-types', key)),
      listEventDefinitions: async () => {
        const { eventTypes } = await get<{ eventTypes: readonly Flat<EventType>[] }>('/event-types')
        return eventTypes.map(({ catalog, ...definition }) => ({ catalog, definition }))
      },
      createEventDefinition: (catalog, input) => post('/event-types', inCatalog(catalog, input)),
      updateEventDefinition: (key, input) => patch(partAt('event-types', key), input),
      deactivate: (key) => patch(partAt('event-types', key), { active: false }),
      refresh,
    },
    planRegistry: {
      getPlan: (key) => get(partAt('plans', key)),
      listPlans: async () => {
        const { plans } = await get<{ plans: readonly FlatPlan[] }>('/plans')
        return plans.map(({ catalog, version, ...definition }) => ({
          catalog,
          version,
          definition,
        }))
      },
      createPlan: (catalog, input) => post('/plans', inCatalog(catalog, input)),
      updatePlan: (key, input, { applyToExisting } = {}) => {
        const body = applyToExisting === undefined ? input : { ...asObject(input), applyToExisting }
        return patch(partAt('plans', key), body)
      },
      recommendUpgrade: (organizationId) =>
        ask({
          method: 'GET',
          path: `/api/organizations/${encodeURIComponent(organizationId)}/usage/recommendation`,
        }),
      refresh,
    },
    modelPrices: {
      list: async () => {
        const { modelPrices } = await get<{ modelPrices: readonly Flat<ModelPrice>[] }>(
          '/model-prices',
        )
        return modelPrices.map(({ catalog, ...price }) => ({ catalog, price }))
      },
      set: (catalog, input) => post('/model-prices', inCatalog(catalog, input)),
    },
  }
}

type Flat<Part> = Part & { catalog: string }
type FlatPlan = Flat<Plan> & { version: number }

const partAt = (kind: string, key: string): string => `/${kind}/${encodeURIComponent(key)}`

const inCatalog = (catalog: string, input: unknown) => ({ ...asObject(input), catalog })

const asObject = (input: unknown): object =>
  typeof input === 'object' && input !== null ? input : {}
