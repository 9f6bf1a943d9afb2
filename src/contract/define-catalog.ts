import type { CatalogInput, EventTypeInput, LimitInput, MeterInput, PlanInput } from './catalog.ts'

/** An event type that may only use meters of the catalog. */
export type EventTypeOf<Meter extends string> = Omit<EventTypeInput, 'meters'> & {
  readonly meters?: { readonly [Key in Meter]?: NonNullable<EventTypeInput['meters']>[string] }
}

/** A limit that may only use a meter of the catalog. */
export type LimitOf<Meter extends string> = Omit<LimitInput, 'meter'> & { readonly meter: Meter }

/** A plan whose limits, rates and upgrades may only name parts of the catalog. */
export type PlanOf<Meter extends string, Plan extends string> = Omit<
  PlanInput,
  'key' | 'limits' | 'overageRates' | 'upgradesTo' | 'afterTrial'
> & {
  readonly limits: readonly LimitOf<Meter>[]
  readonly overageRates?: {
    readonly [Key in Meter]?: NonNullable<PlanInput['overageRates']>[string]
  }
  readonly upgradesTo?: readonly Plan[]
  readonly afterTrial?: Plan
}

/** A catalog whose keys the compiler checks. */
export interface CatalogOf<Meter extends string, Plan extends string>
  extends Omit<CatalogInput, 'meters' | 'eventTypes' | 'plans'> {
  readonly meters: readonly (Omit<MeterInput, 'key'> & { readonly key: Meter })[]
  readonly eventTypes: readonly EventTypeOf<NoInfer<Meter>>[]
  readonly plans: readonly (PlanOf<NoInfer<Meter>, NoInfer<Plan>> & { readonly key: Plan })[]
}

/**
 * Returns the catalog unchanged and lets the compiler check its keys. A limit on an unknown meter or
 * an upgrade to an unknown plan does not compile. Everything else is checked when it is loaded.
 *
 * @example
 * ```ts
 * const catalog = defineCatalog({
 *   key: 'search',
 *   name: 'Search',
 *   meters: [{ key: 'queries', unit: 'query', aggregation: 'sum' }],
 *   eventTypes: [
 *     { key: 'query', name: 'Query', category: 'search', baseCredits: 0, meters: { queries: 1 } },
 *   ],
 *   plans: [
 *     {
 *       key: 'free',
 *       name: 'Free',
 *       monthlyPriceUsd: 0,
 *       limits: [{ meter: 'queries', window: 'day', max: 100, behavior: 'hard' }],
 *     },
 *   ],
 * })
 * const tollgate = await createTollgate({
 *   database: 'memory',
 *   catalogs: [{ document: catalog, origin: 'catalog.ts' }],
 * })
 * ```
 */
export const defineCatalog = <const Meter extends string, const Plan extends string>(
  catalog: CatalogOf<Meter, Plan>,
): CatalogInput => catalog as unknown as CatalogInput
