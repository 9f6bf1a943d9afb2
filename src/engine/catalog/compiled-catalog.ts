import type { Catalog, EventType, ModelPrice, Plan } from '../../contract/catalog.ts'
import { CREDITS_METER } from '../../core/catalog-words.ts'
import { type CallPricer, compilePricing } from '../../core/pricing.ts'

/** An event type with everything precomputed that is the same for all calls. */
export interface CompiledEventType {
  readonly catalog: string
  readonly versionId: bigint
  readonly definition: EventType
  readonly price: CallPricer
  readonly contributions: readonly (readonly [meter: string, from: Contribution])[]
  /** Whether calls add their credits to the meter `credits`. */
  readonly addsCredits: boolean
}

type Contribution = EventType['meters'][string]

export interface CompiledCatalog {
  readonly key: string
  readonly versionId: bigint
  readonly version: number
  readonly document: Catalog
  readonly eventTypes: ReadonlyMap<string, CompiledEventType>
  readonly plans: ReadonlyMap<string, Plan>
  readonly modelPrices: readonly ModelPrice[]
}

export const compileCatalog = (
  document: Catalog,
  version: { id: bigint; version: number },
): CompiledCatalog => {
  const addsCredits = document.meters.some((meter) => meter.key === CREDITS_METER)
  const compile = (definition: EventType): CompiledEventType => ({
    catalog: document.key,
    versionId: version.id,
    definition,
    price: compilePricing(definition),
    contributions: Object.entries(definition.meters),
    addsCredits,
  })
  return {
    key: document.key,
    versionId: version.id,
    version: version.version,
    document,
    eventTypes: new Map(document.eventTypes.map((type) => [type.key, compile(type)])),
    plans: new Map(document.plans.map((plan) => [plan.key, plan])),
    modelPrices: document.modelPrices ?? [],
  }
}
