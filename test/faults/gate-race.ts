import { expect } from 'vitest'
import type { TollgateEngine, UsageDifference } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { type GateConfiguration, gateOptions } from './gate-configurations.ts'
import {
  type GateProcess,
  type GateSettings,
  type LoadSeen,
  startGateProcess,
} from './gate-process.ts'

/** A limit's state in the database: recorded, held and leased. */
interface Standing {
  readonly used: number
  readonly held: number
  readonly leased: number
}

/** The setting of a race: an engine that observes, and others in their own processes. */
export interface Race {
  readonly here: TollgateEngine
  readonly there: GateProcess[]
  /** Opens another engine in its own process, `at` the database or at a proxy in front of it. */
  start(
    settings?: Pick<GateSettings, 'clock'> & { at?: string } & Partial<GateSettings>,
  ): Promise<GateProcess>
  /** A new organization, unknown to every process. */
  organization(plan: string): Promise<string>
  /** The state of its units in the period; zeros if nothing was counted. */
  standing(organizationId: string): Promise<Standing>
  /** Its events in the ledger, or only those whose ids have this prefix. */
  events(organizationId: string, idPrefix?: string): Promise<number>
  /** Writes every process's queue, and returns its leases. */
  flush(): Promise<void>
  differences(): Promise<readonly UsageDifference[]>
  close(): Promise<void>
}

/** Ten days into a period, so that a slightly wrong clock is in no other period. */
const STARTED_DAYS_AGO = 10

export const openRace = async (
  db: Database,
  url: string,
  configuration: GateConfiguration,
  processes: number,
): Promise<Race> => {
  const { catalogs } = gateOptions(url, configuration)
  const here = await createTollgate({ database: db, ...(catalogs && { catalogs }) })
  const there: GateProcess[] = []
  const start: Race['start'] = async ({ at = url, clock, options } = {}) => {
    const base = gateOptions(at, configuration)
    const process = await startGateProcess({
      options: { ...base, ...options },
      ...(clock && { clock }),
    })
    there.push(process)
    return process
  }
  await Promise.all(Array.from({ length: processes }, () => start()))
  let organizations = 0
  return {
    here,
    there,
    start,
    organization: async (plan) => {
      organizations += 1
      const id = `${plan}-${organizations}`
      const startsAt = new Date(Date.now() - STARTED_DAYS_AGO * 86_400_000).toISOString()
      await here.organizations.create({ id, name: id, plan: `gate/${plan}`, startsAt })
      return id
    },
    standing: async (organizationId) => {
      const [row] = await db.query<Standing>(
        `select used::int, held::int, leased::int from tollgate.buckets
         where organization_id = $1 and meter = 'units' and window_name = 'period'`,
        [organizationId],
      )
      return row ?? { used: 0, held: 0, leased: 0 }
    },
    events: async (organizationId, idPrefix = '') => {
      const [row] = await db.query<{ events: number }>(
        `select count(*)::int as events from tollgate.events
         where organization_id = $1 and starts_with(id, $2)`,
        [organizationId, idPrefix],
      )
      return row?.events ?? 0
    },
    flush: async () => {
      await Promise.all(there.map((process) => process.call('flush')))
    },
    differences: async () => (await here.admin.aggregate()).differences,
    close: async () => {
      await Promise.all(there.map((process) => process.close()))
      await here.close()
    },
  }
}

/** Every caller got an answer, and no error except "unavailable" during an outage. */
export const expectAnswered = (
  seen: readonly LoadSeen[],
  { mayBeAway = false }: { mayBeAway?: boolean } = {},
): void => {
  const errors = seen
    .flatMap((load) => Object.keys(load.errors))
    .filter((error) => !(mayBeAway && error.startsWith('unavailable:')))
  expect(errors).toEqual([])
  expect(seen.map(({ answered }) => answered)).toEqual(seen.map(({ asked }) => asked))
}

export const sumOf = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0)
