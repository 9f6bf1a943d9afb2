import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'

/** What a block is about: an engine, its clock, which is turned by hand, and its database. */
export interface OpenedSubject {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  /** A new organization on the plan; its id is its own, so tests do not meet. */
  organization(plan: string, startsAt?: string): Promise<string>
}

/** Options of an engine, and when its clock begins. */
export type SubjectOptions = EngineOptions & { readonly at?: string }

/** Opens the engine; what is said to `tollgate` goes through the door, where there is one. */
export const openSubject = async (
  db: Database,
  { at = '2026-03-10T12:00:00Z', ...options }: SubjectOptions,
  door = (engine: TollgateEngine): TollgateEngine => engine,
): Promise<OpenedSubject & { readonly engine: TollgateEngine }> => {
  const clock = testClock(at)
  // A clock that is turned by months must not take the events of the tests beside it.
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
