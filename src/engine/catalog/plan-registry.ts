import { type Plan, planPatchSchema } from '../../contract/catalog.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { Tollgate } from '../../contract/tollgate.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { recommendUpgrade } from '../insight/recommend-upgrade.ts'
import { changeCatalog } from './catalog-verbs.ts'

/** The plans in force, and their changes; an edited plan is a new version of it. */
export const planRegistry = (ctx: Context): Tollgate['planRegistry'] => ({
  getPlan: (key) => ctx.catalog.onlyPlan(key).plan,
  listPlans: () =>
    ctx.catalog.catalogs.flatMap((catalog) =>
      catalog.document.plans.map((definition) => ({
        catalog: catalog.key,
        version: ctx.catalog.planVersion(catalog.key, definition.key)?.version ?? 1,
        definition,
      })),
    ),
  createPlan: async (catalog, input, options = {}) => {
    const key = typeof input === 'object' && input !== null && 'key' in input ? input.key : ''
    const act = { action: 'plan.created', subject: `plan:${catalog}/${String(key)}` }
    await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => {
      if (document.plans.some((plan) => plan.key === key)) {
        throw new TollgateError('already_exists', `there is a plan "${String(key)}" already`, [
          { field: 'key', message: 'is taken' },
        ])
      }
      return { ...document, plans: [...document.plans, input] }
    })
    return ctx.catalog.onlyPlan(`${catalog}/${String(key)}`).plan
  },
  updatePlan: async (key, input, options = {}): Promise<Plan> => {
    const patch = parse(planPatchSchema, input)
    const { catalog, plan } = ctx.catalog.onlyPlan(key)
    const change = {
      ...actorOf(options),
      act: { action: 'plan.updated', subject: `plan:${catalog.key}/${plan.key}` },
      ...(options.applyToExisting && { movePlan: plan.key }),
    }
    await changeCatalog(ctx, catalog.key, change, (document) => ({
      ...document,
      plans: document.plans.map((one) => (one.key === plan.key ? { ...one, ...patch } : one)),
    }))
    return ctx.catalog.onlyPlan(`${catalog.key}/${plan.key}`).plan
  },
  recommendUpgrade: (organizationId) => recommendUpgrade(ctx, organizationId),
  refresh: () => ctx.catalog.refresh(),
})
