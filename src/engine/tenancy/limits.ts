import { invalid } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import {
  type LimitOverrideCreated,
  type LimitOverrideInput,
  limitOverrideSchema,
} from '../../contract/tenancy.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import { parseDecimal, toUnits } from '../../core/amounts.ts'
import { windowSuitsMeter } from '../../core/limit-faults.ts'
import { mustBeDurable, onFailureOf } from '../../core/limit-policy.ts'
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
  if (!windowSuitsMeter(wanted.window, meter.aggregation)) {
    const message = `needs a meter that adds up; "${wanted.meter}" is a "${meter.aggregation}"`
    throw invalid({ field: 'window', message })
  }
  const id = ctx.ids()
  const row = {
    ...wanted,
    ...unitsOf(wanted, meter.scale),
    id,
    organizationId,
    actor: options.actor ?? 'unknown',
    expiresAt,
    at,
  }
  await ctx.db.transaction(async (tx) => {
    await replaceOverride(tx, row)
    await announce(tx, 'organization', organizationId)
  })
  ctx.forgetOrganization(organizationId)
  return {
    id,
    organizationId,
    meter: wanted.meter,
    window: wanted.window,
    max: wanted.max,
    behavior: wanted.behavior,
    per: wanted.per ?? 'organization',
    burst: wanted.burst ?? null,
    cap: wanted.cap ?? null,
    onFailure: onFailureOf(wanted),
    decide: wanted.decide ?? null,
    durable: mustBeDurable(wanted),
    reason: wanted.reason,
    createdAt: at.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
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
