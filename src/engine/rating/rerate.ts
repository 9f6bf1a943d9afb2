import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import type { Rerated, reratingSchema } from '../../contract/rerating.ts'
import { CORRECTED_DAYS } from '../../core/billing/corrected-days.ts'
import { eventsWholeSince } from '../../storage/events/dry-run.ts'
import { listOrganizations, type OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { isAway, isBusy } from '../group-commit/store-guard.ts'
import { existing } from '../tenancy/organizations.ts'
import { type Rerating, rerateOrganization } from './rerate-organization.ts'
import { ReratingTotals } from './rerating-totals.ts'
import { reasonOf } from './run-report.ts'

const DAY_MS = 86_400_000
const ORGANIZATIONS_A_PAGE = 100
const BUSY = 'a transaction has had this organization locked for too long: call again'

/**
 * Prices past use again by the catalog in force now. With `dryRun: false` it corrects each event that
 * differs: it reverses the event and records a replacement at the same time of use. A corrected event
 * no longer differs, so a second run only does what the first did not. When an organization fails,
 * the report names it and the run continues with the next one.
 */
export const rerate = async (
  ctx: Context,
  input: z.output<typeof reratingSchema>,
  options: CallOptions = {},
): Promise<Rerated> => {
  const { dryRun = true, reason = 'priced anew', organizationId, ...choice } = input
  const asked: Rerating = { ...choice, apply: !dryRun, reason, to: input.to ?? ctx.clock.now() }
  await requireRange(ctx, asked)
  // Another process may have changed the catalog just now.
  await ctx.catalog.refresh()
  await ctx.recorder.flush()
  const totals = new ReratingTotals()
  for await (const organization of organizationsOf(ctx, organizationId)) {
    try {
      await rerateOrganization(ctx, organization, asked, totals, options)
    } catch (error) {
      if (isAway(error)) throw error
      ctx.log.error({ organizationId: organization.id, error }, 'use could not be priced anew')
      totals.failed(organization.id, isBusy(error) ? BUSY : reasonOf(error))
    }
  }
  return totals.report(asked, asked.apply)
}

const requireRange = async (ctx: Context, { from, to }: Rerating): Promise<void> => {
  if (to <= from) throw invalid({ field: 'to', message: 'must be after from' })
  const earliest = new Date(ctx.clock.now().getTime() - CORRECTED_DAYS * DAY_MS)
  if (from < earliest) {
    throw invalid({ field: 'from', message: `must be at most ${CORRECTED_DAYS} days ago` })
  }
  const since = await eventsWholeSince(ctx.db)
  if (since && from < since) {
    const message = `must not be before raw events are whole, which is since ${since.toISOString()}`
    throw invalid({ field: 'from', message })
  }
}

async function* organizationsOf(
  ctx: Context,
  organizationId: string | undefined,
): AsyncGenerator<OrganizationRow> {
  if (organizationId !== undefined) {
    yield await existing(ctx, organizationId)
    return
  }
  let after: string | undefined
  do {
    const page: OrganizationRow[] = await listOrganizations(ctx.db, {
      after,
      limit: ORGANIZATIONS_A_PAGE,
      catalog: undefined,
      plan: undefined,
      status: undefined,
    })
    yield* page
    after = page.length === ORGANIZATIONS_A_PAGE ? page.at(-1)?.id : undefined
  } while (after !== undefined)
}
