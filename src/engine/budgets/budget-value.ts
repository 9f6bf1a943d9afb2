import type { Budget } from '../../contract/budgets.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import type { BudgetRow } from '../../storage/gate/budgets.ts'
import type { Context } from '../context.ts'

/** A budget as callers see it. */
export const budgetOf = ({ catalog }: Pick<Context, 'catalog'>, row: BudgetRow): Budget => ({
  id: row.id,
  organizationId: row.organization_id,
  state: row.closed_at === null ? 'open' : 'closed',
  endedBy: row.ended_by,
  within: row.path[1] ?? null,
  allotted: row.allotted,
  meters: Object.fromEntries(
    row.levels.map((level) => {
      const scale = catalog.meter(level.meter)?.scale ?? 0
      const amount = (units: bigint) => numberFromUnits(units > 0n ? units : 0n, scale)
      const ceiling = level.ceiling === null ? undefined : BigInt(level.ceiling)
      const used = BigInt(level.used)
      const held = BigInt(level.held)
      return [
        level.meter,
        {
          ceiling: ceiling === undefined ? null : numberFromUnits(ceiling, scale),
          used: numberFromUnits(used, scale),
          held: numberFromUnits(held, scale),
          remaining: ceiling === undefined ? null : amount(ceiling - used - held),
          overshoot: ceiling === undefined ? 0 : amount(used - ceiling),
        },
      ]
    }),
  ),
  steps: Number(row.steps),
  refusals: Number(row.refusals),
  finalShare: Number(row.final_share),
  idleMs: Number(row.idle_ms),
  endsAt: row.ends_at?.toISOString() ?? null,
  openedAt: row.opened_at.toISOString(),
  lastUsedAt: row.last_used_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
})
