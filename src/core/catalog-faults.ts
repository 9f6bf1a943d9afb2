import {
  type Decimal,
  MAX_FLOW_UNITS,
  MAX_STATE_UNITS,
  MICRO_CREDIT_SCALE,
  toUnits,
} from './amounts.ts'
import type {
  CatalogDraft,
  DraftEventType,
  DraftLimit,
  DraftMeter,
  DraftModelPrice,
  DraftName,
  DraftPlan,
} from './catalog-draft.ts'
import { CREDITS_METER, RESERVED_NAME_MESSAGE } from './catalog-words.ts'
import { cloudEventFaults } from './cloud-event-map.ts'
import { type Fault, quoted } from './fault.ts'
import { limitShapeFaults, windowSuitsMeter } from './limit-faults.ts'

/** The largest maximum of a limit, in the meter's smallest unit. Sums up to it fit an `int8`. */
const MAX_LIMIT_UNITS = 10n ** 18n

/**
 * Lists faults between the parts of a catalog: duplicates, references to missing parts, and amounts
 * that do not suit their meter. The schema checks each part by itself.
 */
export const catalogFaults = (draft: CatalogDraft): Fault[] => [
  ...duplicateKeys(draft.meters ?? [], 'a meter'),
  ...duplicateKeys(draft.eventTypes, 'an event type'),
  ...duplicateKeys(draft.plans ?? [], 'a plan'),
  ...(draft.meters ?? []).flatMap(meterFaults),
  ...draft.eventTypes.flatMap((eventType) => eventTypeFaults(eventType, draft)),
  ...(draft.plans ?? []).flatMap((plan) => planFaults(plan, draft)),
  ...modelPriceFaults(draft.modelPrices),
  ...cloudEventFaults(draft.cloudEvents, draft.eventTypes),
  ...reservedNameFaults(draft),
]

type Meters = readonly DraftMeter[] | undefined

const fault = (field: string, message: string): Fault => ({ field, message })

const duplicateKeys = (
  items: readonly { readonly at: string; readonly key: string | undefined }[],
  noun: string,
): Fault[] =>
  items.flatMap(({ at, key }, index) =>
    key !== undefined && items.findIndex((other) => other.key === key) < index
      ? [fault(`${at}.key`, `there is already ${noun} ${quoted(key)}`)]
      : [],
  )

const duplicateNames = (names: readonly DraftName[]): Fault[] =>
  names.flatMap(({ at, name }, index) =>
    names.findIndex((other) => other.name === name) < index
      ? [fault(at, `${quoted(name)} is listed twice`)]
      : [],
  )

const findMeter = (meters: Meters, key: string | undefined): DraftMeter | undefined =>
  meters?.find((meter) => meter.key === key)

const unknownMeter = (at: string, key: string | undefined, meters: Meters): Fault[] =>
  key === undefined || meters === undefined || findMeter(meters, key)
    ? []
    : [fault(at, `there is no meter ${quoted(key)}`)]

const COUNTING = ['count', 'unique']

const meterFaults = (meter: DraftMeter): Fault[] => {
  const { at, key, aggregation, scale } = meter
  const faults: Fault[] = []
  if (key === CREDITS_METER) {
    if (aggregation !== undefined && aggregation !== 'sum') {
      faults.push(fault(`${at}.aggregation`, 'the meter "credits" must have the aggregation "sum"'))
    }
    if (scale !== undefined && scale !== MICRO_CREDIT_SCALE) {
      faults.push(fault(`${at}.scale`, `the meter "credits" must have scale ${MICRO_CREDIT_SCALE}`))
    }
  } else if (aggregation !== undefined && COUNTING.includes(aggregation) && scale) {
    faults.push(fault(`${at}.scale`, `a "${aggregation}" meter must have scale 0`))
  }
  return faults
}

const eventTypeFaults = (eventType: DraftEventType, { meters, plans }: CatalogDraft): Fault[] => {
  const { multipliers, bonuses } = eventType
  return [
    ...duplicateNames(multipliers),
    ...bonuses.flatMap(({ at, name }) =>
      multipliers.some((multiplier) => multiplier.name === name)
        ? [fault(at, `${quoted(name)} is a multiplier too; one property cannot be both`)]
        : [],
    ),
    ...unknownFeature(eventType, plans),
    ...creditsWithoutMeter(eventType, meters),
    ...eventType.meters.flatMap((entry) => contributionFaults(entry, meters)),
  ]
}

/**
 * Reports a required feature that no plan mentions. It is a typing error: every call would be
 * refused.
 */
const unknownFeature = (
  { at, requires }: DraftEventType,
  plans: CatalogDraft['plans'],
): Fault[] => {
  if (requires === undefined || plans === undefined) return []
  const mentioned = plans.some((plan) => plan.features.some(({ name }) => name === requires))
  return mentioned ? [] : [fault(`${at}.requires`, `no plan has a feature ${quoted(requires)}`)]
}

const creditsWithoutMeter = (eventType: DraftEventType, meters: Meters): Fault[] => {
  if (meters === undefined || findMeter(meters, CREDITS_METER)) return []
  const charges = [
    { at: `${eventType.at}.baseCredits`, credits: eventType.baseCredits },
    ...eventType.bonuses,
  ]
  return charges.flatMap(({ at, credits }) =>
    credits && credits.units > 0n
      ? [fault(at, 'costs credits, but the catalog has no meter "credits" to count them')]
      : [],
  )
}

const contributionFaults = (
  { at, name, contribution }: DraftEventType['meters'][number],
  meters: Meters,
): Fault[] => {
  if (name === CREDITS_METER) {
    return [
      fault(at, 'must not list the meter "credits": every event adds its credits automatically'),
    ]
  }
  const meter = findMeter(meters, name)
  if (!meter) return unknownMeter(at, name, meters)
  if (contribution === undefined || meter.aggregation === undefined) return []
  if (contribution === 'unique') {
    if (meter.aggregation === 'unique') return []
    return [
      fault(
        at,
        `only a "unique" meter counts distinct values; this is ${quoted(meter.aggregation)}`,
      ),
    ]
  }
  if (meter.aggregation === 'unique') {
    return [fault(at, 'a "unique" meter counts distinct values: give {"unique": "userId"}')]
  }
  if (contribution === 'quantity') return []
  const flows = meter.aggregation === 'sum' || meter.aggregation === 'count'
  return amountFaults(at, contribution, meter, flows ? MAX_FLOW_UNITS : MAX_STATE_UNITS)
}

/** Checks that an amount can be stored in the smallest unit of its meter. */
const amountFaults = (
  at: string,
  amount: Decimal,
  { key = '', scale }: DraftMeter,
  maxUnits: bigint,
): Fault[] => {
  if (scale === undefined) return []
  if (amount.scale > scale) {
    const kept = scale === 0 ? 'be a whole number' : `have no more than ${scale} decimals`
    return [fault(at, `must ${kept}, as the meter ${quoted(key)} does`)]
  }
  return toUnits(amount, scale) > maxUnits
    ? [fault(at, `is too large for the meter ${quoted(key)}`)]
    : []
}

const planFaults = (plan: DraftPlan, draft: CatalogDraft): Fault[] => [
  ...plan.limits.flatMap((limit) => limitFaults(limit, plan, draft.meters)),
  ...plan.overageRates.flatMap(({ at, name }) => unknownMeter(at, name, draft.meters)),
  ...plan.features.flatMap(({ at, meteredBy }) =>
    unknownMeter(`${at}.metered`, meteredBy, draft.meters),
  ),
  ...duplicateNames(plan.upgradesTo),
  ...plan.upgradesTo.flatMap(({ at, name }) => {
    if (name === plan.key) return [fault(at, 'a plan cannot be upgraded to itself')]
    const known = draft.plans?.some((other) => other.key === name)
    return known ? [] : [fault(at, `there is no plan ${quoted(name)}`)]
  }),
  ...afterTrialFaults(plan, draft),
]

const afterTrialFaults = ({ at, key, afterTrial }: DraftPlan, { plans }: CatalogDraft): Fault[] => {
  if (afterTrial === undefined || plans === undefined) return []
  const field = `${at}.afterTrial`
  if (afterTrial === key) return [fault(field, 'is the plan itself: leave it out')]
  const known = plans.some((other) => other.key === afterTrial)
  return known ? [] : [fault(field, `there is no plan ${quoted(afterTrial)}`)]
}

const limitFaults = (limit: DraftLimit, plan: DraftPlan, meters: Meters): Fault[] => {
  const { at, meter: key, window, per, behavior } = limit
  const faults = limitShapeFaults(limit).map(({ field, message }) =>
    fault(`${at}.${field}`, message),
  )
  if (key === undefined) return faults
  faults.push(...unknownMeter(`${at}.meter`, key, meters))
  const earlier = plan.limits.slice(0, plan.limits.indexOf(limit))
  const sameMeter = earlier.filter((other) => other.meter === key)
  if (window && per && sameMeter.some((other) => other.window === window && other.per === per)) {
    const whose = per === 'organization' ? '' : `, per ${quoted(per)}`
    const message = `the plan already limits ${quoted(key)} by the ${quoted(window)}${whose}`
    faults.push(fault(at, message))
  }
  if (behavior === 'overage') {
    if (!plan.overageRates.some((rate) => rate.name === key)) {
      faults.push(fault(at, `overage needs a rate for ${quoted(key)} in overageRates`))
    }
    if (sameMeter.some((other) => other.behavior === 'overage' && other.window !== window)) {
      faults.push(fault(at, `use of ${quoted(key)} past two overage limits would be billed twice`))
    }
  }
  const meter = findMeter(meters, key)
  return meter ? [...faults, ...limitOfMeterFaults(limit, meter)] : faults
}

/** Lists the settings of a limit that do not suit its meter. */
const limitOfMeterFaults = (limit: DraftLimit, meter: DraftMeter): Fault[] => {
  const { at, window } = limit
  const faults: Fault[] = []
  if (window && meter.aggregation && !windowSuitsMeter(window, meter.aggregation)) {
    const message = `a "${window}" limit needs a meter that adds up; this is a "${meter.aggregation}"`
    faults.push(fault(`${at}.window`, message))
  }
  for (const field of ['max', 'burst', 'cap'] as const) {
    const amount = limit[field]
    if (amount) faults.push(...amountFaults(`${at}.${field}`, amount, meter, MAX_LIMIT_UNITS))
  }
  return faults
}

const modelPriceFaults = (prices: readonly DraftModelPrice[]): Fault[] =>
  prices.flatMap(({ at, provider, model, thresholds }, index) => {
    const first = prices.findIndex((o) => o.provider === provider && o.model === model)
    const duplicate =
      first < index && provider !== undefined && model !== undefined
        ? [fault(at, `there is already a price of ${provider} ${model}`)]
        : []
    const unordered = thresholds.flatMap((tier, position) => {
      const before = thresholds[position - 1]?.aboveInputTokens
      const here = tier.aboveInputTokens
      if (typeof before !== 'number' || typeof here !== 'number' || before < here) return []
      return [fault(tier.at, 'must be higher than that of the tier before')]
    })
    return [...duplicate, ...unordered]
  })

/**
 * Reports a record's own `__proto__`. Only a JSON parser creates one, and the schema ignores it
 * silently. The schema reports other reserved names.
 */
const reservedNameFaults = (draft: CatalogDraft): Fault[] =>
  [
    ...draft.eventTypes.flatMap((eventType) => [...eventType.bonuses, ...eventType.meters]),
    ...(draft.plans ?? []).flatMap((plan) => [...plan.overageRates, ...plan.features]),
  ].flatMap(({ at, name }) => (name === '__proto__' ? [fault(at, RESERVED_NAME_MESSAGE)] : []))
