import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import type { LimitOverrideRemoved } from '../../contract/limits.ts'
import type {
  LimitOverrideCreated,
  LimitOverrideInput,
  limitOverrideSchema,
} from '../../contract/tenancy.ts'
import { parseDecimal, toUnits } from '../../core/amounts.ts'
import { windowSuitsMeter } from '../../core/limit-faults.ts'
import { mustBeDurable, onFailureOf } from '../../core/limit-policy.ts'
import { type LimitTerms, looserFaults } from '../../core/limit-tightening.ts'
import { announce } from '../../storage/changes.ts'
import { endOverrides, replaceOverride } from '../../storage/gate/limit-overrides.ts'
import { type LimitSources, limitSources } from '../../storage/gate/limit-sources.ts'
import { catchUp, changeAllowance } from '../../storage/tables/grants.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { limitOf } from './list-limits.ts'
import { existing, lockedOrganization } from './organizations.ts'

const MAX_LIMIT = Number.MAX_SAFE_INTEGER

type WantedOverride = z.output<typeof limitOverrideSchema>

/**
 * Overrides one limit of an organization's plan, with a reason, from now on. The organization's own
 * people may only tighten the plan's limits, and only where the platform has set no override.
 */
export const overrideLimit = async (
  ctx: Context,
  { organizationId, ...wanted }: Owned<WantedOverride>,
  options: CallOptions = {},
): Promise<LimitOverrideCreated> => {
  await existing(ctx, organizationId)
  const row = overrideRow(ctx, organizationId, wanted, options)
  await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    await catchUp(tx, organizationId, row.at)
    const limits = await limitSources(tx, [organizationId], row.at)
    const same = limitIn(limits, row)
    if (!row.byPlatform) requireTightening(termsOf(row), same)
    await replaceOverride(tx, row)
    const now = limitIn(await limitSources(tx, [organizationId], row.at), row)
    await changeAllowance(tx, organizationId, row.at)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'limits',
      action: 'limit.overridden',
      ...actorOf(options),
      subject: `limit:${row.meter}/${row.window}/${row.per}`,
      old: same && saidOfLimit(same),
      new: now && saidOfLimit(now),
      told: [
        told('limit.overridden', {
          meter: row.meter,
          window: row.window,
          per: row.per,
          max: wanted.max,
          behavior: row.behavior,
          reason: row.reason,
          setBy: row.byPlatform ? 'platform' : 'organization',
          expiresAt: row.expiresAt?.toISOString() ?? null,
        }),
      ],
    })
    await announce(tx, 'organization', organizationId)
  })
  ctx.forgetOrganization(organizationId)
  return {
    id: row.id,
    organizationId,
    meter: wanted.meter,
    window: wanted.window,
    max: wanted.max,
    behavior: wanted.behavior,
    per: row.per,
    burst: wanted.burst ?? null,
    cap: wanted.cap ?? null,
    onFailure: onFailureOf(wanted),
    decide: wanted.decide ?? null,
    durable: mustBeDurable(wanted),
    reason: wanted.reason,
    createdAt: row.at.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
  }
}

/** Removes an override: from now on the plan's limit applies. */
export const removeOverride = async (
  ctx: Context,
  { organizationId, overrideId }: { readonly organizationId: string; readonly overrideId: string },
  options: CallOptions = {},
): Promise<LimitOverrideRemoved> => {
  const at = ctx.clock.now()
  const removed = await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    await catchUp(tx, organizationId, at)
    const limits = await limitSources(tx, [organizationId], at)
    const limit = limits.find(({ override }) => override?.id === overrideId)
    if (!limit?.override)
      throw new TollgateError('not_found', { detail: 'there is no such override in force' })
    if (options.role !== undefined && limit.override.byPlatform) throw setByPlatform('overrideId')
    await endOverrides(tx, [overrideId], at)
    await changeAllowance(tx, organizationId, at)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'limits',
      action: 'limit.override_removed',
      ...actorOf(options),
      subject: `limit:${limit.meter}/${limit.window}/${limit.per}`,
      old: saidOfLimit(limit),
      new: saidOfLimit({ ...limit, override: undefined }),
      told: [
        told('limit.override_removed', {
          meter: limit.meter,
          window: limit.window,
          per: limit.per,
        }),
      ],
    })
    await announce(tx, 'organization', organizationId)
    return limit
  })
  ctx.forgetOrganization(organizationId)
  return {
    id: overrideId,
    organizationId,
    meter: removed.meter,
    window: removed.window,
    per: removed.per,
    removedAt: at.toISOString(),
  }
}

/** The override's row, in the meter's smallest units. Throws if a value does not fit the meter. */
const overrideRow = (
  ctx: Context,
  organizationId: string,
  wanted: WantedOverride,
  options: CallOptions,
) => {
  const meter = ctx.catalog.meter(wanted.meter)
  if (!meter) throw invalid({ field: 'meter', message: `there is no meter "${wanted.meter}"` })
  const at = ctx.clock.now()
  const expiresAt = wanted.expiresAt ?? null
  if (expiresAt && expiresAt <= at) {
    throw invalid({ field: 'expiresAt', message: 'must be in the future' })
  }
  if (!windowSuitsMeter(wanted.window, meter.aggregation)) {
    const message = `needs a meter that adds up; "${wanted.meter}" is a "${meter.aggregation}"`
    throw invalid({ field: 'window', message })
  }
  return {
    ...wanted,
    ...unitsOf(wanted, meter.scale),
    per: wanted.per ?? ('organization' as const),
    id: ctx.ids(),
    organizationId,
    actor: options.actor ?? 'unknown',
    byPlatform: options.role === undefined,
    expiresAt,
    at,
  }
}

/** An organization's own override must not admit more than its plan does. */
const requireTightening = (wanted: LimitTerms, same: LimitSources | undefined): void => {
  if (same?.override?.byPlatform) throw setByPlatform('meter')
  const faults = same?.plan ? looserFaults(wanted, same.plan) : []
  if (faults.length === 0) return
  const said = faults.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new TollgateError('forbidden', {
    detail: `${said} (the platform may raise a limit)`,
    faults,
  })
}

const setByPlatform = (field: string): TollgateError => {
  const message = 'is of a limit that the platform has set, which only the platform may change'
  return new TollgateError('forbidden', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
}

const termsOf = (row: ReturnType<typeof overrideRow>): LimitTerms => ({
  meter: row.meter,
  window: row.window,
  max: row.max,
  behavior: row.behavior,
  burst: row.burst ?? null,
  cap: row.cap ?? null,
  onFailure: row.onFailure ?? null,
  durable: row.durable ?? false,
  anonymous: row.anonymous ?? null,
})

const limitIn = (
  limits: readonly LimitSources[],
  named: Pick<LimitSources, 'meter' | 'window' | 'per'>,
): LimitSources | undefined =>
  limits.find(
    ({ meter, window, per }) =>
      meter === named.meter && window === named.window && per === named.per,
  )

/** A limit in force with all its terms, as an audit entry describes it before and after. */
const saidOfLimit = (source: LimitSources) => {
  const limit = limitOf(source)
  if (!limit) return undefined
  const { max, behavior, burst, cap, onFailure, decide, durable, override } = limit
  return {
    max,
    behavior,
    burst,
    cap,
    onFailure,
    decide,
    durable,
    anonymous: (source.override ?? source.plan)?.anonymous ?? null,
    overrideId: override?.id ?? null,
    setBy: override?.setBy ?? null,
    reason: override?.reason ?? null,
    expiresAt: override?.expiresAt ?? null,
  }
}

type Amounts = Pick<LimitOverrideInput, 'max' | 'burst' | 'cap'>

const unitsOf = ({ max, burst, cap }: Amounts, scale: number) => ({
  max: max === null ? null : unitsIn('max', max, scale),
  burst: burst === undefined ? undefined : unitsIn('burst', burst, scale),
  cap: cap === undefined ? undefined : unitsIn('cap', cap, scale),
})

const unitsIn = (field: keyof Amounts, amount: number, scale: number): bigint => {
  const decimal = parseDecimal(amount)
  if (!decimal || decimal.scale > scale || amount * 10 ** scale > MAX_LIMIT) {
    const most = `at most ${MAX_LIMIT / 10 ** scale}`
    throw invalid({ field, message: `must be ${most} with at most ${scale} decimals` })
  }
  return toUnits(decimal, scale)
}
