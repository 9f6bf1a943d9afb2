import { type Decimal, parseDecimal } from './amounts.ts'
import { KEY_PATTERN, MAX_LIST_LENGTH } from './catalog-words.ts'
import type { DraftCloudEvent } from './cloud-event-map.ts'
import { fieldPath } from './fault.ts'
import type { LimitShape } from './limit-faults.ts'

/**
 * A catalog document as far as it can be read. Values of the wrong type are absent, so that
 * references can be checked whatever else is wrong. `at` is the field's path.
 */
export interface CatalogDraft {
  /**
   * Undefined when the document has no list of meters. References to meters are then not checked.
   */
  readonly meters: readonly DraftMeter[] | undefined
  readonly eventTypes: readonly DraftEventType[]
  /** Undefined when the document has no list of plans. Features are then not checked. */
  readonly plans: readonly DraftPlan[] | undefined
  readonly modelPrices: readonly DraftModelPrice[]
  readonly cloudEvents: readonly DraftCloudEvent[]
}

/** A name and the path of its field. */
export interface DraftName {
  readonly at: string
  readonly name: string
}

export interface DraftMeter {
  readonly at: string
  readonly key: string | undefined
  readonly aggregation: string | undefined
  readonly scale: number | undefined
}

/** The amount that an event adds to a meter: a readable decimal, or one of the two words. */
type DraftContribution = Decimal | 'quantity' | 'unique' | undefined

export interface DraftEventType {
  readonly at: string
  readonly key: string | undefined
  readonly baseCredits: Decimal | undefined
  /** The feature that a plan must include; undefined when there is none or it is unreadable. */
  readonly requires: string | undefined
  readonly multipliers: readonly DraftName[]
  readonly bonuses: readonly (DraftName & { readonly credits: Decimal | undefined })[]
  readonly meters: readonly (DraftName & { readonly contribution: DraftContribution })[]
}

export interface DraftLimit extends LimitShape {
  readonly at: string
  readonly meter: string | undefined
}

export interface DraftPlan {
  readonly at: string
  readonly key: string | undefined
  readonly limits: readonly DraftLimit[]
  readonly overageRates: readonly DraftName[]
  readonly features: readonly (DraftName & { readonly meteredBy: string | undefined })[]
  readonly upgradesTo: readonly DraftName[]
  readonly afterTrial: string | undefined
}

export interface DraftModelPrice {
  readonly at: string
  readonly provider: string | undefined
  readonly model: string | undefined
  readonly thresholds: readonly { readonly at: string; readonly aboveInputTokens: unknown }[]
}

/** Reads as much of a catalog document as possible. Accepts any JSON and never throws. */
export const readCatalogDraft = (input: unknown): CatalogDraft => {
  const document = asRecord(input)
  return {
    meters: Array.isArray(document.meters)
      ? elements(document, 'meters').map(readMeter)
      : undefined,
    eventTypes: elements(document, 'eventTypes').map(readEventType),
    plans: Array.isArray(document.plans) ? elements(document, 'plans').map(readPlan) : undefined,
    modelPrices: elements(document, 'modelPrices').map(readModelPrice),
    cloudEvents: elements(document, 'cloudEvents').map(readCloudEvent),
  }
}

/**
 * The paths of the elements of a part. A path uses the key (`plans.pro`) when it is well formed and
 * unique, and the position (`plans[2]`) otherwise.
 */
export const elementPaths = (part: string, elements: unknown): string[] => {
  const keys = asList(elements).map((element) => asText(asRecord(element).key))
  const counts = new Map<string | undefined, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return keys.map((key, index) =>
    key !== undefined && KEY_PATTERN.test(key) && counts.get(key) === 1
      ? `${part}.${key}`
      : `${part}[${index}]`,
  )
}

interface RawElement {
  readonly at: string
  readonly raw: Record<string, unknown>
}

const elements = (document: Record<string, unknown>, part: string): RawElement[] => {
  const paths = elementPaths(part, document[part])
  return asList(document[part]).map((element, index) => ({
    at: paths[index] ?? `${part}[${index}]`,
    raw: asRecord(element),
  }))
}

const readMeter = ({ at, raw }: RawElement): DraftMeter => ({
  at,
  key: asText(raw.key),
  aggregation: asText(raw.aggregation),
  scale: raw.scale === undefined ? 0 : asScale(raw.scale),
})

const readEventType = ({ at, raw }: RawElement): DraftEventType => ({
  at,
  key: asText(raw.key),
  baseCredits: asDecimal(raw.baseCredits),
  requires: asKey(raw.requires),
  multipliers: listedNames(
    asList(raw.multipliers).map((one) => (typeof one === 'string' ? one : asRecord(one).name)),
    `${at}.multipliers`,
  ),
  bonuses: entries(raw.bonuses, `${at}.bonuses`).map(({ value, ...name }) => ({
    ...name,
    credits: asDecimal(value),
  })),
  meters: entries(raw.meters, `${at}.meters`).map(({ value, ...name }) => ({
    ...name,
    contribution: readContribution(value),
  })),
})

const readContribution = (value: unknown): DraftContribution => {
  if (value === 'quantity') return 'quantity'
  if (typeof value === 'number') return parseDecimal(value)
  return asText(asRecord(value).unique) === undefined ? undefined : 'unique'
}

const readPlan = ({ at, raw }: RawElement): DraftPlan => ({
  at,
  key: asText(raw.key),
  limits: asList(raw.limits).map((limit, index) => readLimit(asRecord(limit), at, index)),
  overageRates: entries(raw.overageRates, `${at}.overageRates`),
  features: entries(raw.features, `${at}.features`).map(({ value, ...name }) => ({
    ...name,
    meteredBy: asText(asRecord(value).metered),
  })),
  upgradesTo: listedNames(raw.upgradesTo, `${at}.upgradesTo`),
  afterTrial: asText(raw.afterTrial),
})

const readLimit = (raw: Record<string, unknown>, planAt: string, index: number): DraftLimit => ({
  at: `${planAt}.limits[${index}]`,
  meter: asText(raw.meter),
  window: asText(raw.window),
  per: raw.per === undefined ? 'organization' : asText(raw.per),
  behavior: asText(raw.behavior),
  max: raw.max === null ? null : asNumber(raw.max),
  burst: asNumber(raw.burst),
  cap: asNumber(raw.cap),
  anonymous: asText(raw.anonymous),
})

const readModelPrice = ({ at, raw }: RawElement): DraftModelPrice => ({
  at,
  provider: asText(raw.provider),
  model: asText(raw.model),
  thresholds: asList(raw.tiers).map((tier, index) => ({
    at: `${at}.tiers[${index}].aboveInputTokens`,
    aboveInputTokens: asRecord(tier).aboveInputTokens,
  })),
})

const readCloudEvent = ({ at, raw }: RawElement): DraftCloudEvent => ({
  at,
  type: asText(raw.type),
  source: asText(raw.source),
  hasWhere: raw.where !== undefined,
  eventType: asText(raw.eventType),
  meters: entries(raw.quantities, `${at}.quantities`).map(({ name }) => name),
})

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}

/** Reads no more elements than the schema accepts, which bounds checks that compare all pairs. */
const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, MAX_LIST_LENGTH) : []

const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const asKey = (value: unknown): string | undefined =>
  typeof value === 'string' && KEY_PATTERN.test(value) ? value : undefined

const asScale = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined

/** Reads an amount that must be a JSON number, never text. */
const asNumber = (value: unknown): Decimal | undefined =>
  typeof value === 'number' ? parseDecimal(value) : undefined

const asDecimal = (value: unknown): Decimal | undefined =>
  typeof value === 'string' || typeof value === 'number' ? parseDecimal(value) : undefined

/** The entries of a record. `Object.entries` also returns a `__proto__` that JSON defined. */
const entries = (value: unknown, at: string): (DraftName & { readonly value: unknown })[] =>
  Object.entries(asRecord(value))
    .slice(0, MAX_LIST_LENGTH)
    .map(([name, entry]) => ({ at: fieldPath([name], at), name, value: entry }))

const listedNames = (value: unknown, at: string): DraftName[] =>
  asList(value).flatMap((name, index) =>
    typeof name === 'string' ? [{ at: `${at}[${index}]`, name }] : [],
  )
