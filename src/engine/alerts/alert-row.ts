import type { z } from 'zod'
import type { alertUpdateSchema, platformAlertCreateSchema } from '../../contract/alerts.ts'
import { invalid } from '../../contract/errors.ts'
import { alertFaults, type WantedAlert } from '../../core/alert-faults.ts'
import { ALERT_KIND_FACTS, type AlertThreshold } from '../../core/alert-kinds.ts'
import { exactDecimal, parseDecimal, toUnits } from '../../core/amounts.ts'
import type { Fault } from '../../core/fault.ts'
import type { AlertRuleRow, StoredAlertTerms } from '../../storage/tables/alert-rules.ts'
import type { Context } from '../context.ts'

export type NewAlert = z.output<typeof platformAlertCreateSchema>
export type ChangedAlert = z.output<typeof alertUpdateSchema>

type Columns = Pick<
  AlertRuleRow,
  'name' | 'meter' | 'window_name' | 'maximum' | 'levels' | 'severities' | 'terms' | 'enabled'
>

/** The columns of a new rule. Throws the faults of the request. */
export const newColumns = (ctx: Context, wanted: NewAlert): Columns => {
  requireRight(ctx, wanted)
  return columnsOf(ctx, wanted)
}

/** The columns of an updated rule. Fields that are not named stay. */
export const changedColumns = (
  ctx: Context,
  before: AlertRuleRow,
  change: ChangedAlert,
): Columns => {
  const scale = scaleOf(ctx, before.meter)
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as ChangedAlert
  const whole = {
    kind: before.kind,
    name: before.name,
    enabled: before.enabled,
    meter: before.meter,
    window: before.window_name as ChangedAlert['window'],
    maximum: before.maximum === null ? null : Number(before.maximum) / 10 ** scale,
    thresholds: before.levels.map((at, place) => ({
      at: Number(at),
      severity: before.severities[place] ?? ('warning' as const),
    })),
    ...(before.terms as Partial<ChangedAlert>),
    ...given,
  }
  requireRight(ctx, whole as WantedAlert)
  const columns = columnsOf(ctx, whole as NewAlert)
  // An unchanged maximum is not recomputed.
  return given.maximum === undefined && given.meter === undefined
    ? { ...columns, maximum: before.maximum }
    : columns
}

/** True if the change affects what is measured or which thresholds apply. */
export const saysElse = (before: AlertRuleRow, now: Columns): boolean =>
  JSON.stringify(measured(before)) !== JSON.stringify(measured(now))

const measured = ({ meter, window_name, maximum, levels, severities, terms }: Columns) => ({
  meter,
  window_name,
  maximum: String(maximum),
  severities,
  levels: levels.map(Number),
  terms: Object.entries(terms).sort(([a], [b]) => (a < b ? -1 : 1)),
})

const requireRight = (ctx: Context, wanted: WantedAlert): void => {
  const faults = [...alertFaults(wanted), ...meterFaults(ctx, wanted)]
  if (faults.length > 0) throw invalid(...faults)
}

const meterFaults = (ctx: Context, { meter, maximum }: WantedAlert): readonly Fault[] => {
  if (meter === undefined || meter === null) return []
  const known = ctx.catalog.meter(meter)
  if (!known) {
    return [{ field: 'meter', message: `there is no meter "${meter}": name one of a catalog` }]
  }
  if (maximum === undefined || maximum === null) return []
  // Also refuses a number with more digits than are supported, such as 1e300.
  const decimal = parseDecimal(maximum)
  const most = Number.MAX_SAFE_INTEGER / 10 ** known.scale
  if (decimal && decimal.scale <= known.scale && maximum <= most) return []
  const message = `must have no more than ${known.scale} decimals, as "${meter}" has, and be less`
  return [{ field: 'maximum', message }]
}

const columnsOf = (ctx: Context, wanted: NewAlert): Columns => {
  const { kind, name, meter, window, maximum, enabled } = wanted
  const thresholds: readonly AlertThreshold[] =
    wanted.thresholds ?? ALERT_KIND_FACTS[kind].thresholds
  const rising = [...thresholds].sort((a, b) => a.at - b.at)
  return {
    name: name ?? null,
    meter: meter ?? null,
    window_name: window ?? null,
    maximum:
      maximum === undefined || maximum === null
        ? null
        : toUnits(exactDecimal(String(maximum)), scaleOf(ctx, meter ?? null)),
    levels: rising.map(({ at }) => String(at)),
    severities: rising.map(({ severity }) => severity),
    terms: termsOf(wanted),
    enabled: enabled ?? true,
  }
}

const termsOf = (wanted: NewAlert): StoredAlertTerms => {
  const { endpoint, percentile, minimumCalls, badMinutes, ofMinutes, goodMinutes } = wanted
  const terms = { endpoint, percentile, minimumCalls, badMinutes, ofMinutes, goodMinutes }
  return Object.fromEntries(
    Object.entries(terms).filter(([, value]) => value !== undefined && value !== null),
  )
}

const scaleOf = (ctx: Context, meter: string | null): number =>
  meter === null ? 0 : (ctx.catalog.meter(meter)?.scale ?? 0)
