import type { TollgateEngine } from '../../contract/tollgate.ts'
import { demoTraffic } from './demo-traffic.ts'
import { type DemoOptions, fillDemo, isRepeatable, loadedCatalogs } from './fill-demo.ts'

/**
 * Fills in the demo's traffic if nothing was ever recorded, or completes it if that was
 * interrupted. It does not touch a database with traffic of its own.
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
 * Checks the last event, which is recorded last: if it exists, recording it again is a duplicate. A
 * day's events do not depend on earlier days, so the last few days are enough to find it.
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
