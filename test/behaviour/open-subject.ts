import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'

/** The subject of a block: an engine, its manual clock, and its database. */
export interface OpenedSubject {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  /** Creates an organization on the plan. Its id is unique, so tests do not interfere. */
  organization(plan: string, startsAt?: string): Promise<string>
}

/** Options of an engine, and the start of its clock. */
export type SubjectOptions = EngineOptions & { readonly at?: string }

/** Opens the engine. Calls to `tollgate` go through the door, if one is given. */
export const openSubject = async (
  db: Database,
  { at = '2026-03-10T12:00:00Z', ...options }: SubjectOptions,
  door = (engine: TollgateEngine): TollgateEngine => engine,
): Promise<OpenedSubject & { readonly engine: TollgateEngine }> => {
  const clock = testClock(at)
  // A clock moved by months must not delete the events of other tests.
  const schedules = { 'apply-retention': null, ...options.schedules }
  const engine = await createTollgate({ ...options, schedules, database: db, clock })
  const tollgate = door(engine)
  let made = 0
  const organization = async (plan: string, startsAt?: string) => {
    made += 1
    const id = `org-${made}`
    await tollgate.organizations.create({ id, name: id, plan, startsAt })
    return id
  }
  return { engine, tollgate, clock, db, organization }
}
