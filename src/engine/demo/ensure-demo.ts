import type { TollgateEngine } from '../../contract/tollgate.ts'
import { demoTraffic } from './demo-traffic.ts'
import { type DemoOptions, fillDemo, isRepeatable, loadedCatalogs } from './fill-demo.ts'

/**
 * Fills in the demo's traffic where nothing was ever recorded, and the rest of it where that was
 * interrupted. A database with traffic of its own is left alone.
 */
export const ensureDemo = async (tollgate: TollgateEngine, options: DemoOptions): Promise<void> => {
  if (await isDue(tollgate, options)) await fillDemo(tollgate, options)
}

const isDue = async (
  tollgate: TollgateEngine,
  { now, ...options }: DemoOptions,
): Promise<boolean> => {
  const catalogs = await loadedCatalogs(tollgate)
  const [first] = demoTraffic({ ...options, catalogs, end: now }).organizations
  if (!first) return false
  try {
    const { createdAt } = await tollgate.organizations.get({ organizationId: first.id })
    return !(await isComplete(tollgate, options, new Date(createdAt), now))
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'not_found') throw error
    const { events } = await tollgate.admin.aggregate({ from: now, to: now })
    return events === 0n
  }
}

/**
 * The last event tells: it is recorded last, and recorded again it is a duplicate. A day's events
 * do not depend on the days before, so the last few are enough to find it.
 */
const isComplete = async (
  tollgate: TollgateEngine,
  options: Omit<DemoOptions, 'now'>,
  end: Date,
  now: Date,
): Promise<boolean> => {
  if (!isRepeatable(end, now)) return true
  const days = Math.min(options.days, 4)
  const catalogs = await loadedCatalogs(tollgate)
  const last = [...demoTraffic({ ...options, catalogs, end, days }).days].flat().at(-1)
  if (!last) return true
  const { duplicates } = await tollgate.record([last], { backfill: true })
  return duplicates === 1
}
