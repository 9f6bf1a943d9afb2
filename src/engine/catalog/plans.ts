import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import type { Plan } from '../../contract/catalog.ts'
import type {
  PlanInCatalog,
  planCreateSchema,
  planUpdateSchema,
} from '../../contract/catalog-verbs.ts'
import { TollgateError } from '../../contract/errors.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { givenOf } from './given-of.ts'
import { changeCatalog } from './put-in-force.ts'

/** The plans of every catalog in force. */
export const listPlans = async (ctx: Context): Promise<readonly PlanInCatalog[]> =>
  ctx.catalog.catalogs.flatMap(({ key: catalog, document }) =>
    document.plans.map((plan) => ({
      catalog,
      version: ctx.catalog.planVersion(catalog, plan.key)?.version ?? 1,
      ...plan,
    })),
  )

export const createPlan = async (
  ctx: Context,
  { catalog, ...plan }: z.output<typeof planCreateSchema>,
  options: CallOptions = {},
): Promise<Plan> => {
  const { key } = plan
  const act = { action: 'plan.created', subject: `plan:${catalog}/${key}` }
  await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => {
    if (document.plans.some((one) => one.key === key)) {
      throw new TollgateError('already_exists', {
        detail: `there is a plan "${key}" already`,
        faults: [{ field: 'key', message: 'is taken' }],
      })
    }
    return { ...document, plans: [...document.plans, plan] }
  })
  return ctx.catalog.onlyPlan(`${catalog}/${key}`).plan
}

/**
 * A plan in its newest version. `key` may be `catalog/key`; a bare key must be in one catalog only.
 */
export const getPlan = async (ctx: Context, { key }: { readonly key: string }): Promise<Plan> =>
  ctx.catalog.onlyPlan(key).plan

/** Makes a new version of a plan, in which the given fields replace the present ones. */
export const updatePlan = async (
  ctx: Context,
  { key, applyToExisting, ...input }: { readonly key: string } & z.output<typeof planUpdateSchema>,
  options: CallOptions = {},
): Promise<Plan> => {
  const patch = givenOf(input)
  const { catalog, plan } = ctx.catalog.onlyPlan(key)
  const named = `${catalog.key}/${plan.key}`
  const change = {
    ...actorOf(options),
    act: { action: 'plan.updated', subject: `plan:${named}` },
    ...(applyToExisting && { movePlan: plan.key }),
  }
  await changeCatalog(ctx, catalog.key, change, (document) => ({
    ...document,
    plans: document.plans.map((one) => (one.key === plan.key ? { ...one, ...patch } : one)),
  }))
  return ctx.catalog.onlyPlan(named).plan
}
