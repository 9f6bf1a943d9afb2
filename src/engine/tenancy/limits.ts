import { invalid } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import {
  type LimitOverrideCreated,
  type LimitOverrideInput,
  limitOverrideSchema,
} from '../../contract/tenancy.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import { parseDecimal, toUnits } from '../../core/amounts.ts'
import { announce } from '../../storage/changes.ts'
import { replaceOverride } from '../../storage/tables/limit-overrides.ts'
import type { Context } from '../context.ts'
import { existing } from './organizations.ts'

const MAX_LIMIT = Number.MAX_SAFE_INTEGER

/** Sets one limit of an organization apart from its plan's, with a reason, from this moment on. */
export const overrideLimit = async (
  ctx: Context,
  organizationId: string,
  input: LimitOverrideInput,
  options: CallOptions = {},
): Promise<LimitOverrideCreated> => {
  const wanted = parse(limitOverrideSchema, input)
  await existing(ctx, organizationId)
  const meter = ctx.catalog.meter(wanted.meter)
  if (!meter) throw invalid({ field: 'meter', message: `there is no meter "${wanted.meter}"` })
  const at = ctx.clock.now()
  const expiresAt = wanted.expiresAt ?? null
  if (expiresAt && expiresAt <= at) {
    throw invalid({ field: 'expiresAt', message: 'must be in the future' })
  }
  const id = ctx.ids()
  const max = wanted.max === null ? null : unitsOfMax(wanted.max, meter.scale)
  await ctx.db.transaction(async (tx) => {
    await replaceOverride(tx, {
      ...wanted,
      id,
      organizationId,
      max,
      actor: options.actor ?? 'unknown',
      expiresAt,
      at,
    })
    await announce(tx, 'organization', organizationId)
  })
  return {
    id,
    organizationId,
    meter: wanted.meter,
    window: wanted.window,
    max: wanted.max,
    behavior: wanted.behavior,
    reason: wanted.reason,
    createdAt: at.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}

const unitsOfMax = (max: number, scale: number): bigint => {
  const decimal = parseDecimal(max)
  if (!decimal || decimal.scale > scale || max * 10 ** scale > MAX_LIMIT) {
    const most = `at most ${MAX_LIMIT / 10 ** scale}`
    throw invalid({ field: 'max', message: `must be ${most} with at most ${scale} decimals` })
  }
  return toUnits(decimal, scale)
}
