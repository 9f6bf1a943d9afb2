import type { z } from 'zod'
import type { Budget, budgetOpenSchema } from '../../contract/budgets.ts'
import type { Owned, Replayable } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { MAX_FLOW_UNITS, numberFromUnits, parseDecimal, toUnits } from '../../core/amounts.ts'
import {
  BUDGET_DEPTH_MAX,
  BUDGET_IDLE_MS,
  FINAL_SHARE,
  OPEN_BUDGETS_MAX,
} from '../../core/budget.ts'
import { addsUp } from '../../core/catalog-words.ts'
import type { Fault } from '../../core/fault.ts'
import {
  type BudgetRow,
  findBudget,
  type NewBudget,
  type OpenOutcome,
  openBudget,
} from '../../storage/gate/budgets.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import { fingerprintOfTerms } from '../ledger/fingerprint.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { budgetOf } from './budget-value.ts'

type Wanted = Owned<z.output<typeof budgetOpenSchema>>

/**
 * Opens the budget of a run, once for each id. A repeated call returns the first budget, and
 * refuses other terms.
 */
export const openBudgetOf = async (
  ctx: Context,
  wanted: Wanted,
  options: Acting = {},
): Promise<Replayable<Budget>> => {
  const { organizationId } = wanted
  await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const budget = newBudget(ctx, wanted, options)
  return ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    const opened = await openBudget(tx, budget, at)
    if (opened.outcome !== 'opened' && opened.outcome !== 'replay') {
      throw notOpened(ctx, wanted, opened)
    }
    const row = (await findBudget(tx, organizationId, budget.id)) as BudgetRow
    // A repeated call is valid even if the end has passed meanwhile.
    if (opened.outcome === 'opened' && wanted.endsAt && wanted.endsAt <= at) {
      throw invalid({ field: 'endsAt', message: 'must be in the future' })
    }
    return { ...budgetOf(ctx, row), replayed: opened.outcome === 'replay' }
  })
}

const newBudget = (
  ctx: Context,
  { organizationId, id: given, ceiling, within, ...wanted }: Wanted,
  { idempotencyKey, onlyUser }: Acting,
): NewBudget => {
  const { allot = false, finalShare = FINAL_SHARE, idleMs = BUDGET_IDLE_MS, endsAt } = wanted
  if (allot && within === undefined) {
    throw invalid({ field: 'allot', message: 'needs `within`: that is where it is held' })
  }
  if (given !== undefined && given === within) {
    throw invalid({ field: 'within', message: 'must be another budget' })
  }
  const id = given ?? idempotencyKey ?? ctx.ids()
  const terms = { ceiling, within, allot, finalShare, idleMs, endsAt: endsAt?.toISOString() }
  return {
    organizationId,
    id,
    within,
    allotted: allot,
    finalShare,
    idleMs,
    endsAt,
    ceilings: ceilingsOf(ctx, ceiling),
    userId: onlyUser,
    fingerprint: fingerprintOfTerms(terms),
    depthMax: BUDGET_DEPTH_MAX,
    openMax: OPEN_BUDGETS_MAX,
  }
}

const ceilingsOf = (ctx: Context, ceiling: Wanted['ceiling']): [string, bigint][] => {
  const faults: Fault[] = []
  const ceilings = Object.entries(ceiling).map(([meter, amount]): [string, bigint] => {
    const field = `ceiling.${meter}`
    const shape = ctx.catalog.meter(meter)
    const decimal = parseDecimal(amount)
    if (!shape) faults.push({ field, message: 'there is no such meter' })
    else if (!addsUp(shape.aggregation)) {
      const message = `needs a meter that adds up; this one is a "${shape.aggregation}"`
      faults.push({ field, message })
    } else if (!decimal || decimal.scale > shape.scale) {
      faults.push({ field, message: `must have at most ${shape.scale} decimals` })
    } else {
      const units = toUnits(decimal, shape.scale)
      if (units <= MAX_FLOW_UNITS) return [meter, units]
      const most = numberFromUnits(MAX_FLOW_UNITS, shape.scale)
      faults.push({ field, message: `must be at most ${most}` })
    }
    return [meter, 0n]
  })
  if (faults.length > 0) throw invalid(...faults)
  return ceilings
}

const notOpened = (ctx: Context, { within }: Wanted, opened: OpenOutcome): TollgateError => {
  const fault = (field: string, message: string) => ({
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
  switch (opened.outcome) {
    case 'conflict':
      return new TollgateError(
        'idempotency_conflict',
        fault('id', 'was used for a budget of other terms before'),
      )
    case 'unknown_budget':
      return new TollgateError('unprocessable', fault('within', `there is no budget "${within}"`))
    case 'budget_closed':
      return new TollgateError('unprocessable', fault('within', `the budget "${within}" has ended`))
    case 'too_deep':
      return new TollgateError(
        'unprocessable',
        fault('within', `must be less than ${BUDGET_DEPTH_MAX} deep`),
      )
    case 'too_many':
      return new TollgateError(
        'unprocessable',
        fault('organizationId', `has ${OPEN_BUDGETS_MAX} open budgets: close some`),
      )
    default: {
      const { meter, which, rest } = opened
      const scale = ctx.catalog.meter(meter ?? '')?.scale ?? 0
      const left = numberFromUnits(rest ?? 0n, scale)
      return new TollgateError(
        'unprocessable',
        fault(`ceiling.${meter}`, `cannot be allotted: the budget "${which}" has ${left} left`),
      )
    }
  }
}
