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
    .describe('the id of the run; repeating it returns the first answer; generated if absent'),
  ceiling: z
    .record(z.string().min(1).max(64), z.number().nonnegative())
    .refine((ceiling) => {
      const meters = Object.keys(ceiling).length
      return meters > 0 && meters <= METERS_MAX
    }, `must have 1 to ${METERS_MAX} meters`)
    .describe('by meter: the most that the run may use; `credits` is a meter; 0 allows nothing'),
  within: budgetIdSchema
    .optional()
    .describe(
      `the budget that contains this one, at most ${BUDGET_DEPTH_MAX} deep; use counts in ` +
        'both',
    ),
  allot: z
    .boolean()
    .optional()
    .describe(
      'true: reserves the ceiling in `within` until this budget is closed; otherwise both share ' +
        'what is left',
    ),
  finalShare: z
    .number()
    .min(0)
    .max(FINAL_SHARE_MAX)
    .multipleOf(0.0001)
    .optional()
    .describe(
      'the share of each ceiling that is reserved for a call marked `final`; default ' +
        `${FINAL_SHARE}`,
    ),
  idleMs: z
    .int()
    .min(1_000)
    .max(IDLE_MS_MAX)
    .optional()
    .describe(`closes the budget after so long without use; default ${BUDGET_IDLE_MS} (a day)`),
  endsAt: instantSchema.optional().describe('closes the budget at this instant at the latest'),
})
export type BudgetOpenInput = z.input<typeof budgetOpenSchema>

export const budgetFilterSchema = pageRequestSchema.extend({
  state: z.enum(['open', 'closed']).optional(),
  within: budgetIdSchema.optional().describe('only budgets directly within this one'),
})
export type BudgetFilter = z.input<typeof budgetFilterSchema>

const budgetMeterSchema = z.object({
  ceiling: z.number().nullable().describe('null: no ceiling, use is only counted'),
  used: z.number(),
  held: z.number().describe('held by calls under way, and by inner budgets with an allotment'),
  remaining: z
    .number()
    .nullable()
    .describe('what is left of this ceiling; a containing budget may have less'),
  overshoot: z
    .number()
    .describe('used past the ceiling, by settlements above the held amount or by late use'),
})

/** A budget, and the use counted against it so far. */
export const budgetSchema = answered(
  'Budget',
  z.object({
    id: z.string(),
    organizationId: z.string(),
    state: z.enum(['open', 'closed']),
    endedBy: z
      .enum(['closed', 'idle', 'time', 'within'])
      .nullable()
      .describe(
        'what closed it: a call of `close`, idleMs, endsAt, or the end of a containing budget',
      ),
    within: z.string().nullable(),
    allotted: z.boolean(),
    meters: z.record(z.string(), budgetMeterSchema).describe('every meter that was used'),
    steps: z.int().describe('the number of events in this budget and those within it'),
    refusals: z.int().describe('the number of refused calls, for any reason'),
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

/** An open budget with its verbs. As JSON it is only the budget. */
export type BudgetRun = Replayable<Budget> & {
  /**
   * Runs `work` within the budget. Every wrapped model and route that `work` calls counts against
   * it, at any depth and at any later time. Other processes name the budget by its id.
   *
   * @throws TypeError in runtimes without `AsyncLocalStorage`, such as browsers.
   */
  do<Result>(work: () => Result, options?: { readonly final?: boolean }): Result
}

/**
 * Limits on one run: an agent with its steps, retries and sub-agents. A call names a budget
 * (`budget`). It is allowed if it fits that budget, all budgets that contain it, and the
 * organization's own limits, all or nothing.
 */
export interface Budgets {
  /**
   * Opens a budget. Repeating the same id returns the first budget in its current state.
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
  /** Lists budgets, newest first. */
  list(input?: OfOrganization & BudgetFilter, options?: CallOptions): Pages<Budget>
  /**
   * Closes a budget and all budgets within it. Later calls that name them are refused. Work under
   * way is still settled and counts. A repeated call returns the current state.
   */
  close(
    input: OfOrganization & { readonly budgetId: string },
    options?: CallOptions,
  ): Promise<Replayable<Budget>>
}
