import type { Queryable } from '../database.ts'
import { textArray } from '../text-array.ts'

export interface BudgetRow {
  readonly organization_id: string
  readonly id: string
  /** The budget itself, then its parent, and so on. */
  readonly path: readonly string[]
  readonly allotted: boolean
  readonly final_share: string
  readonly idle_ms: bigint
  readonly ends_at: Date | null
  readonly user_id: string | null
  readonly opened_at: Date
  readonly last_used_at: Date
  readonly closed_at: Date | null
  readonly ended_by: 'closed' | 'idle' | 'time' | 'within' | null
  readonly steps: bigint
  readonly refusals: bigint
  /** Amounts are text, since JSON numbers are doubles. */
  readonly levels: readonly {
    readonly meter: string
    readonly ceiling: string | null
    readonly used: string
    readonly held: string
  }[]
}

export interface NewBudget {
  readonly organizationId: string
  readonly id: string
  readonly within: string | undefined
  readonly ceilings: readonly (readonly [meter: string, units: bigint])[]
  readonly allotted: boolean
  readonly finalShare: number
  readonly idleMs: number
  readonly endsAt: Date | undefined
  readonly userId: string | undefined
  readonly fingerprint: string
  readonly depthMax: number
  readonly openMax: number
}

export interface OpenOutcome {
  readonly outcome:
    | 'opened'
    | 'replay'
    | 'conflict'
    | 'unknown_budget'
    | 'budget_closed'
    | 'too_deep'
    | 'too_many'
    | 'does_not_fit'
  readonly which: string | null
  readonly meter: string | null
  readonly rest: bigint | null
}

/** Opens a budget. The caller must have locked the organization. */
export const openBudget = async (
  tx: Queryable,
  budget: NewBudget,
  at: Date,
): Promise<OpenOutcome> => {
  const [row] = await tx.query<OpenOutcome>(
    `select outcome, which, meter, rest from tollgate.open_budget($1, $2, $3, $4::text[],
       $5::bigint[], $6, $7::numeric, $8::bigint, $9::timestamptz, $10, $11::uuid, $12::integer,
       $13::integer, $14::timestamptz)`,
    [
      budget.organizationId,
      budget.id,
      budget.within ?? null,
      textArray(budget.ceilings.map(([meter]) => meter)),
      textArray(budget.ceilings.map(([, units]) => String(units))),
      budget.allotted,
      budget.finalShare,
      budget.idleMs,
      budget.endsAt ?? null,
      budget.userId ?? null,
      budget.fingerprint,
      budget.depthMax,
      budget.openMax,
      at,
    ],
  )
  return row as OpenOutcome
}

/**
 * Closes a budget. Returns false if it had ended before. The caller must have locked the
 * organization.
 */
export const closeBudget = async (
  tx: Queryable,
  organizationId: string,
  id: string,
  at: Date,
): Promise<boolean> => {
  await tx.query('select tollgate.catch_up(array[$1::text], $2)', [organizationId, at])
  await tx.query('select tollgate.end_budgets(array[$1::text], $2)', [organizationId, at])
  const rows = await tx.query<{ closed: boolean }>(
    `select tollgate.close_budget($1, $2, 'closed', $3) as closed`,
    [organizationId, id, at],
  )
  return rows[0]?.closed ?? false
}

/**
 * Ends the budgets that are past their end. It waits for the organization's lock only where there
 * are any.
 */
export const endDueBudgets = async (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await db.query('select tollgate.lock_and_end_budgets($1, $2)', [organizationId, at])
}

const COLUMNS = `b.organization_id, b.id, b.path, b.allotted, b.final_share::text, b.idle_ms,
  b.ends_at, b.user_id, b.opened_at, b.last_used_at, b.closed_at, b.ended_by, b.steps, b.refusals,
  (select coalesce(jsonb_agg(jsonb_build_object('meter', l.meter, 'ceiling', l.ceiling::text,
            'used', l.used::text, 'held', l.held::text) order by l.meter), '[]')
   from tollgate.budget_levels l
   where l.organization_id = b.organization_id and l.budget_id = b.id) as levels`

export const findBudget = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<BudgetRow | undefined> => {
  const rows = await db.query<BudgetRow>(
    `select ${COLUMNS} from tollgate.budgets b where b.organization_id = $1 and b.id = $2`,
    [organizationId, id],
  )
  return rows[0]
}

/** Budgets that were opened before a place, the newest first. */
export const budgetPage = (
  db: Queryable,
  organizationId: string,
  asked: {
    readonly before: { readonly at: Date; readonly id: string } | undefined
    readonly state: 'open' | 'closed' | undefined
    readonly within: string | undefined
    readonly limit: number
  },
): Promise<BudgetRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.budgets b
     where b.organization_id = $1
       and ($2::timestamptz is null or (b.opened_at, b.id) < ($2, $3))
       and ($4::text is null or (b.closed_at is null) = ($4 = 'open'))
       and ($5::text is null or b.path[2] = $5)
     order by b.opened_at desc, b.id desc limit $6`,
    [
      organizationId,
      asked.before?.at ?? null,
      asked.before?.id ?? null,
      asked.state ?? null,
      asked.within ?? null,
      asked.limit,
    ],
  )

/** Returns those of the given ids under which a budget exists. */
export const knownBudgets = async (
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db.query<{ id: string }>(
    'select id from tollgate.budgets where organization_id = $1 and id = any ($2::text[])',
    [organizationId, textArray(ids)],
  )
  return new Set(rows.map(({ id }) => id))
}
