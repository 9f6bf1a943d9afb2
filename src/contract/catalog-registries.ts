import type { EventType, ModelPrice, Plan } from './catalog.ts'
import type { CatalogChange, CatalogDiff, CatalogVersion } from './catalog-version.ts'
import type { UpgradeAdvice } from './plan-reports.ts'
import type { CallOptions } from './tollgate.ts'

/** A change of a plan; `applyToExisting` also moves the organizations that are on the plan. */
interface PlanChangeOptions {
  readonly actor?: string
  readonly address?: string
  readonly applyToExisting?: boolean
}

/** What is sold: event types, plans, the prices of models, and the catalogs that hold them. */
export interface CatalogRegistries {
  readonly eventRegistry: {
    /** The definition in force. `key` may be `catalog/key`; a bare key must be in one catalog only. */
    getEventDefinition(key: string): EventType
    listEventDefinitions(): readonly { catalog: string; definition: EventType }[]
    createEventDefinition(
      catalog: string,
      input: unknown,
      options?: CallOptions,
    ): Promise<EventType>
    updateEventDefinition(key: string, patch: unknown, options?: CallOptions): Promise<EventType>
    /** A deactivated event type is refused by the gate; what it recorded stays. */
    deactivate(key: string, options?: CallOptions): Promise<EventType>
    refresh(): Promise<void>
  }
  readonly planRegistry: {
    getPlan(key: string): Plan
    listPlans(): readonly { catalog: string; version: number; definition: Plan }[]
    createPlan(catalog: string, input: unknown, options?: CallOptions): Promise<Plan>
    updatePlan(key: string, patch: unknown, options?: PlanChangeOptions): Promise<Plan>
    /** The cheapest plan that would have covered the last three months, with its figures. */
    recommendUpgrade(organizationId: string): Promise<UpgradeAdvice>
    refresh(): Promise<void>
  }
  readonly modelPrices: {
    /** The prices that the catalogs set in place of the price library's. */
    list(): readonly { catalog: string; price: ModelPrice }[]
    set(catalog: string, input: unknown, options?: CallOptions): Promise<ModelPrice>
  }
  readonly catalog: {
    inForce(): readonly CatalogVersion[]
    versions(
      catalog: string,
      page?: { before?: number; limit?: number },
    ): Promise<readonly CatalogVersion[]>
    /** What applying this document would change. */
    diff(document: unknown): Promise<CatalogDiff>
    apply(document: unknown, change: CatalogChange): Promise<CatalogVersion>
  }
}
