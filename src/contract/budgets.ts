import { z } from 'zod'
import { BUDGET_DEPTH_MAX, BUDGET_IDLE_MS, FINAL_SHARE } from '../core/budget.ts'
import type { CallOptions, OfOrganization, Replayable } from './call.ts'
import { type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered } from './schema-names.ts'
import { budgetIdSchema, instantSchema } from './text.ts'

const METERS_MAX = 20
const IDLE_MS_MAX = 30 * 86_400_000
const FINAL_SHARE_MAX = 0.5

export const budgetOpenSchema = z.strictObject({
  id: budgetIdSchema
    .optional()
    .describe('of the run: the same again gives the first answer; made here if not given'),
  ceiling: z
    .record(z.string().min(1).max(64), z.number().nonnegative())
    .refine((ceiling) => {
      const meters = Object.keys(ceiling).length
      return meters > 0 && meters <= METERS_MAX
    }, `must have 1 to ${METERS_MAX} meters`)
    .describe('meter to the most that the run may use of it; `credits` is one; 0 is nothing'),
  within: budgetIdSchema
    .optional()
    .describe(
      `the budget of the run that this one is a part of, at most ${BUDGET_DEPTH_MAX} deep: what ` +
        'is used here is used of that as well',
    ),
  allot: z
    .boolean()
    .optional()
    .describe('holds the ceiling in `within` until this is closed; else both share what is left'),
  finalShare: z
    .number()
    .min(0)
    .max(FINAL_SHARE_MAX)
    .multipleOf(0.0001)
    .optional()
    .describe(`of each ceiling, kept for a call that is marked \`final\`; ${FINAL_SHARE}`),
  idleMs: z
    .int()
    .min(1_000)
    .max(IDLE_MS_MAX)
    .optional()
    .describe(`ends when it was not used for so long; ${BUDGET_IDLE_MS} (a day)`),
  endsAt: instantSchema.optional().describe('ends then at the latest'),
})
export type BudgetOpenInput = z.input<typeof budgetOpenSchema>

export const budgetFilterSchema = pageRequestSchema.extend({
  state: z.enum(['open', 'closed']).optional(),
  within: budgetIdSchema.optional().describe('only those directly within this one'),
})
export type BudgetFilter = z.input<typeof budgetFilterSchema>

const budgetMeterSchema = z.object({
  ceiling: z.number().nullable().describe('null: none, it is counted only'),
  used: z.number(),
  held: z.number().describe('by calls under way, and by budgets that were allotted a share'),
  remaining: z.number().nullable().describe('of the ceiling; what it is within may have less'),
  overshoot: z.number().describe('used past the ceiling: what came to more than was held, or late'),
})

/** A budget, and what was drawn on it so far. */
export const budgetSchema = answered(
  'Budget',
  z.object({
    id: z.string(),
    organizationId: z.string(),
    state: z.enum(['open', 'closed']),
    endedBy: z
      .enum(['closed', 'idle', 'time', 'within'])
      .nullable()
      .describe('a call of `close`, idleMs, endsAt, or the end of what it is within'),
    within: z.string().nullable(),
    allotted: z.boolean(),
    meters: z.record(z.string(), budgetMeterSchema).describe('every meter that was drawn on'),
    steps: z.int().describe('events that were recorded in it and in those within it'),
    refusals: z.int().describe('calls in it that were refused, for whatever reason'),
    finalShare: z.number(),
    idleMs: z.int(),
    endsAt: z.iso.datetime().nullable(),
    openedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable(),
  }),
)
export type Budget = z.output<typeof budgetSchema>
export const budgetPageSchema = pageOf(budgetSchema)

/** A budget with what can be done in it. As JSON it is the budget alone. */
export type BudgetRun = Replayable<Budget> & {
  /**
   * Runs `work` in it: every model and every route that Tollgate wraps, and that `work` calls, draws
   * on the budget, however deep and however late. Other processes name it by its id.
   *
   * @throws TypeError where the runtime has no `AsyncLocalStorage`, as browsers have none.
   */
  do<Result>(work: () => Result, options?: { readonly final?: boolean }): Result
}

/**
 * Limits whose window is a run: an agent with its steps, retries and sub-agents. A call that names
 * one (`budget`) is let through when it fits the budget, all that it is within, and the
 * organization's own limits, together or not at all.
 */
export interface Budgets {
  /**
   * Again with the same id: the first one, as it is now.
   *
   * @example
   * ```ts
   * const run = await tollgate.budgets.open({
   *   id: 'run_42',
   *   organizationId: 'acme',
   *   ceiling: { tokens: 200_000 },
   * })
   * const answer = await run.do(async () => 'what an agent says')
   * await tollgate.budgets.close({ organizationId: 'acme', budgetId: run.id })
   * ```
   */
  open(input: OfOrganization & BudgetOpenInput, options?: CallOptions): Promise<BudgetRun>
  get(input: OfOrganization & { readonly budgetId: string }, options?: CallOptions): Promise<Budget>
  /** The newest first. */
  list(input?: OfOrganization & BudgetFilter, options?: CallOptions): Pages<Budget>
  /**
   * Ends it and all that are within it: calls in it are refused from now on. What is under way is
   * settled all the same, and counts. Again: as it is now.
   */
  close(
    input: OfOrganization & { readonly budgetId: string },
    options?: CallOptions,
  ): Promise<Replayable<Budget>>
}
