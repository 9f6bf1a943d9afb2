import type { Owned } from '../../contract/call.ts'
import type { DashboardRequest, UsageDashboard } from '../../contract/insight.ts'
import { isRate } from '../../core/limit-kind.ts'
import { nextChangeByItself, organizationMark, writersNow } from '../../storage/reports/marks.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { readUsageDashboard } from './dashboard.ts'
import { type Answer, KeptAnswers } from './kept-answers.ts'

/** None is kept for longer than a minute. */
const MOST_KEPT = 2_000

/** Dashboards, worked out again when anything of the organization may have changed. */
export class KeptDashboards {
  readonly #ctx: Context
  readonly #kept: KeptAnswers<UsageDashboard>
  /** The version of its row that each organization was read at, or a later one. */
  readonly #versions = new WeakMap<OrganizationRow, string>()

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#kept = new KeptAnswers({
      clock: ctx.clock,
      most: MOST_KEPT,
      writers: () => writersNow(ctx.db),
    })
  }

  async get({ organizationId, timezone }: Owned<DashboardRequest>): Promise<UsageDashboard> {
    const { db, catalog } = this.#ctx
    await existing(this.#ctx, organizationId)
    let version = ''
    return this.#kept.get({
      key: JSON.stringify([organizationId, timezone, catalog.versions.map(({ id }) => String(id))]),
      look: async () => {
        const seen = await organizationMark(db, organizationId)
        version = seen?.version ?? version
        return seen?.mark
      },
      make: async () => {
        await this.#readAgain(organizationId, version)
        return this.#make(organizationId, timezone)
      },
    })
  }

  /** What this process remembers of the organization may be older than the mark. */
  async #readAgain(organizationId: string, version: string): Promise<void> {
    const known = await existing(this.#ctx, organizationId)
    if (this.#versions.get(known) === version) return
    this.#ctx.organizations.forget(organizationId)
    this.#versions.set(await existing(this.#ctx, organizationId), version)
  }

  async #make(
    organizationId: string,
    timezone: string | undefined,
  ): Promise<Answer<UsageDashboard>> {
    const at = this.#ctx.clock.now()
    const [value, next] = await Promise.all([
      readUsageDashboard(this.#ctx, { organizationId, timezone }),
      nextChangeByItself(this.#ctx.db, organizationId, at),
    ])
    return { value, untilMs: untilOf(value, next) }
  }
}

/** A rate that was used leaks with every moment; all else changes when a window ends. */
const untilOf = (
  { period, dashboard: { limits } }: UsageDashboard,
  next: Date | undefined,
): number | undefined => {
  const rates = limits.filter(({ window }) => isRate(window))
  if (rates.some(({ used }) => used > 0)) return undefined
  const ends = limits.flatMap(({ window, resetAt }) =>
    !isRate(window) && resetAt ? [Date.parse(resetAt)] : [],
  )
  return Math.min(Date.parse(period.end), ...ends, next?.getTime() ?? Number.POSITIVE_INFINITY)
}
