import {
  ALERT_KIND_FACTS,
  type AlertField,
  type AlertKind,
  type AlertThreshold,
  MINUTE_TERMS,
} from './alert-kinds.ts'
import type { Fault } from './fault.ts'

/** An alert rule as requested. Fields that were not given are undefined or null. */
export interface WantedAlert {
  readonly kind: AlertKind
  readonly thresholds?: readonly AlertThreshold[] | undefined
  readonly meter?: string | null | undefined
  readonly window?: string | null | undefined
  readonly maximum?: number | null | undefined
  readonly endpoint?: string | null | undefined
  readonly percentile?: number | undefined
  readonly minimumCalls?: number | undefined
  readonly badMinutes?: number | undefined
  readonly ofMinutes?: number | undefined
  readonly goodMinutes?: number | undefined
}

const FIELDS: readonly AlertField[] = [
  ...(['meter', 'window', 'maximum', 'endpoint', 'percentile'] as const),
  ...(['minimumCalls', 'badMinutes', 'ofMinutes', 'goodMinutes'] as const),
]
const MOST_DECIMALS = 6
const SPEND_WINDOWS: readonly string[] = ['day', 'month', 'period']
const FORECAST_WINDOWS: readonly string[] = ['month', 'period']

/** Lists the faults of an alert rule, one per field, each with the value that would be accepted. */
export const alertFaults = (wanted: WantedAlert): readonly Fault[] => [
  ...strayFields(wanted),
  ...thresholdFaults(wanted),
  ...targetFaults(wanted),
  ...minuteFaults(wanted),
]

const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const strayFields = (wanted: WantedAlert): readonly Fault[] => {
  const { fields } = ALERT_KIND_FACTS[wanted.kind]
  return FIELDS.filter((field) => isGiven(wanted[field]) && !fields.includes(field)).map(
    (field) => ({
      field,
      message: `does not apply to rules of the kind "${wanted.kind}": leave it out`,
    }),
  )
}

const thresholdFaults = ({ kind, thresholds }: WantedAlert): readonly Fault[] => {
  const { unit, lowest, highest, isWhole, thresholds: usual } = ALERT_KIND_FACTS[kind]
  if (thresholds === undefined) {
    const message = `must be given: at how many ${unit} to tell, such as [{ "at": 10, "severity": "warning" }]`
    return usual.length > 0 ? [] : [{ field: 'thresholds', message }]
  }
  return thresholds.flatMap(({ at }, place) => {
    const field = `thresholds[${place}].at`
    if (at < lowest || at > highest) {
      return [{ field, message: `must be from ${lowest} to ${highest} ${unit}` }]
    }
    if (isWhole && !Number.isInteger(at)) {
      return [{ field, message: `must be a whole number of ${unit}` }]
    }
    const isCoarse = Number.isInteger(at) || Number(at.toFixed(MOST_DECIMALS)) === at
    return isCoarse ? [] : [{ field, message: `must have no more than ${MOST_DECIMALS} decimals` }]
  })
}

const targetFaults = ({ kind, meter, window, maximum }: WantedAlert): readonly Fault[] => {
  if (kind === 'limit_share' && isGiven(maximum) && !(isGiven(meter) && isGiven(window))) {
    const message = 'requires both `meter` and `window`, which it is the maximum of'
    return [{ field: 'maximum', message }]
  }
  if (kind === 'spend_above' && !SPEND_WINDOWS.includes(window ?? '')) {
    return [{ field: 'window', message: `must be one of ${SPEND_WINDOWS.join(', ')}` }]
  }
  if (kind === 'limit_forecast' && isGiven(window) && !FORECAST_WINDOWS.includes(window ?? '')) {
    const message = 'must be month or period: shorter windows end before a forecast is available'
    return [{ field: 'window', message }]
  }
  return []
}

const minuteFaults = ({ badMinutes, ofMinutes }: WantedAlert): readonly Fault[] => {
  const bad = badMinutes ?? MINUTE_TERMS.badMinutes
  const of = ofMinutes ?? MINUTE_TERMS.ofMinutes
  if (bad <= of) return []
  const field = badMinutes === undefined ? 'ofMinutes' : 'badMinutes'
  return [
    {
      field,
      message: `of ${of} minutes no ${bad} can be bad: raise ofMinutes or lower badMinutes`,
    },
  ]
}
