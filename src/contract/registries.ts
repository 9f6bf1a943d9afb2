import type { CallOptions } from './call.ts'
import type {
  EventType,
  EventTypeInput,
  EventTypePatch,
  Plan,
  PlanInput,
  PlanPatch,
} from './catalog.ts'
import type { CatalogVerbs, EventTypeInCatalog, PlanInCatalog, PlanMove } from './catalog-verbs.ts'
import type { UpgradeAdvice } from './plan-reports.ts'
import type { Usage } from './usage-verbs.ts'

/** The verbs of event types, under names that registries commonly use. */
export interface EventRegistry {
  /** `catalog/key`, or a bare key that exists in one catalog only. */
  getEventDefinition(key: string, options?: CallOptions): Promise<EventType>
  listEventDefinitions(options?: CallOptions): Promise<readonly EventTypeInCatalog[]>
  createEventDefinition(
    catalog: string,
    input: EventTypeInput,
    options?: CallOptions,
  ): Promise<EventType>
  updateEventDefinition(
    key: string,
    patch: EventTypePatch,
    options?: CallOptions,
  ): Promise<EventType>
  /** Makes the gate refuse this event type. Recorded events stay. */
  deactivate(key: string, options?: CallOptions): Promise<EventType>
  refresh(options?: CallOptions): Promise<void>
}

/** The verbs of plans, under names that registries commonly use. */
export interface PlanRegistry {
  getPlan(key: string, options?: CallOptions): Promise<Plan>
  listPlans(options?: CallOptions): Promise<readonly PlanInCatalog[]>
  createPlan(catalog: string, input: PlanInput, options?: CallOptions): Promise<Plan>
  updatePlan(key: string, patch: PlanPatch, options?: CallOptions & PlanMove): Promise<Plan>
  /** Recommends the cheapest plan that would have covered the last three months, with figures. */
  recommendUpgrade(organizationId: string, options?: CallOptions): Promise<UpgradeAdvice>
  refresh(options?: CallOptions): Promise<void>
}

export interface Registries {
  readonly eventRegistry: EventRegistry
  readonly planRegistry: PlanRegistry
}

/** Builds thin wrappers of the verbs of `catalog` and of `usage.recommendation`. */
export const registriesOf = (tollgate: {
  readonly catalog: CatalogVerbs
  readonly usage: Pick<Usage, 'recommendation'>
}): Registries => {
  const { catalog, usage } = tollgate
  const { eventTypes, plans } = catalog
  const refresh = async (options?: CallOptions): Promise<void> => {
    await catalog.refresh({}, options)
  }
  return {
    eventRegistry: {
      getEventDefinition: (key, options) => eventTypes.get({ key }, options),
      listEventDefinitions: (options) => eventTypes.list({}, options),
      createEventDefinition: (inCatalog, input, options) =>
        eventTypes.create({ ...input, catalog: inCatalog }, options),
      updateEventDefinition: (key, patch, options) => eventTypes.update({ ...patch, key }, options),
      deactivate: (key, options) => eventTypes.update({ key, active: false }, options),
      refresh,
    },
    planRegistry: {
      getPlan: (key, options) => plans.get({ key }, options),
      listPlans: (options) => plans.list({}, options),
      createPlan: (inCatalog, input, options) =>
        plans.create({ ...input, catalog: inCatalog }, options),
      updatePlan: (key, patch, { applyToExisting, ...options } = {}) =>
        plans.update({ ...patch, key, applyToExisting }, options),
      recommendUpgrade: (organizationId, options) =>
        usage.recommendation({ organizationId }, options),
      refresh,
    },
  }
}
