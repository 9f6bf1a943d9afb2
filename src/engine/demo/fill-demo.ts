import type { TollgateEngine } from '../../contract/tollgate.ts'
import { DEMO_ACTOR } from '../../core/demo-actor.ts'
import { type DemoEvent, type DemoOrganization, demoTraffic } from './demo-traffic.ts'

export interface DemoOptions {
  readonly seed: number
  readonly days: number
  readonly organizations: number
  readonly now: Date
  /** Stops between batches. What is recorded stays, and the next run adds the rest. */
  readonly signal?: AbortSignal
  readonly onProgress?: (doneDays: number, days: number) => void
}

export interface DemoResult {
  readonly organizations: readonly DemoOrganization[]
  readonly recorded: number
  readonly duplicates: number
  /** The end of the traffic: when the demo was first filled in. */
  readonly end: Date
}

type DemoEngine = Pick<TollgateEngine, 'record'> & {
  readonly catalog: Pick<TollgateEngine['catalog'], 'inForce'>
  readonly organizations: Pick<TollgateEngine['organizations'], 'create' | 'get'>
}

const BATCH_EVENTS = 1_000
const REPEATABLE_FOR_MS = 60 * 86_400_000

/** Ids are stored for 65 days. After that, the same traffic would count twice. */
export const isRepeatable = (end: Date, now: Date): boolean =>
  now.getTime() - end.getTime() <= REPEATABLE_FOR_MS

/**
 * Fills a database with the demo's traffic. If it was filled in before, the traffic ends at the
 * same moment. So nothing is added twice, and what an interrupted run left out is added.
 */
export const fillDemo = async (
  tollgate: DemoEngine,
  { seed, days, organizations, now, signal, onProgress }: DemoOptions,
): Promise<DemoResult> => {
  const catalogs = await loadedCatalogs(tollgate)
  const plan = (end: Date) => demoTraffic({ seed, end, days, organizations, catalogs })
  const [first] = plan(now).organizations
  const end = first ? await createdAt(tollgate, first) : now
  const traffic = plan(end)
  const result = { organizations: traffic.organizations, recorded: 0, duplicates: 0, end }
  if (!isRepeatable(end, now)) return result
  for (const organization of traffic.organizations) await createdAt(tollgate, organization)

  const write = async (events: readonly DemoEvent[]): Promise<void> => {
    const { accepted, duplicates, rejected } = await tollgate.record(events, { backfill: true })
    const [fault] = rejected
    if (fault) throw new Error(`A demo event was refused: ${fault.field} ${fault.message}`)
    result.recorded += accepted
    result.duplicates += duplicates
  }
  const batch: DemoEvent[] = []
  let doneDays = 0
  for (const events of traffic.days) {
    batch.push(...events)
    while (batch.length >= BATCH_EVENTS && !signal?.aborted) {
      await write(batch.splice(0, BATCH_EVENTS))
    }
    if (signal?.aborted) return result
    doneDays += 1
    onProgress?.(doneDays, days)
  }
  if (batch.length > 0) await write(batch)
  return result
}

/** The demo has organizations only on plans of loaded catalogs. */
export const loadedCatalogs = async (
  tollgate: Pick<DemoEngine, 'catalog'>,
): Promise<readonly string[]> => {
  const inForce = await tollgate.catalog.inForce()
  return inForce.map(({ catalog }) => catalog)
}

/** When the organization was created; now, if it did not exist. */
const createdAt = async (tollgate: DemoEngine, organization: DemoOrganization): Promise<Date> => {
  try {
    const created = await tollgate.organizations.create(organization, { actor: DEMO_ACTOR })
    return new Date(created.createdAt)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'already_exists') throw error
    return new Date(
      (await tollgate.organizations.get({ organizationId: organization.id })).createdAt,
    )
  }
}
