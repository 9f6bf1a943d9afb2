import { afterAll, beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateOptions } from '../../src/engine/options.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

/** An engine of a block, its clock and its database, and how to have another one beside it. */
export interface EngineSubject {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  /** A new organization on the plan; its id is its own, so tests do not meet. */
  organization(plan: string, startsAt?: string): Promise<string>
  /** As a second process would: on the same database, with options and a clock of its own. */
  another(options?: TollgateOptions): Promise<TollgateEngine>
}

/** For what an engine's own options decide: both databases, without the way over HTTP. */
export const describeEngine = (
  name: string,
  options: TollgateOptions & { readonly at?: string },
  block: (subject: () => EngineSubject) => void,
): void => {
  describeOnEachDatabase(name, (open) => {
    const engines: TollgateEngine[] = []
    let subject: EngineSubject | undefined
    beforeAll(async () => {
      const { at = '2026-03-10T12:00:00Z', ...rest } = options
      const db = await open()
      const clock = testClock(at)
      const tollgate = await createTollgate({ ...rest, database: db, clock })
      engines.push(tollgate)
      const another = async (more: TollgateOptions = {}) => {
        const engine = await createTollgate({ ...rest, database: await open(), clock, ...more })
        engines.push(engine)
        return engine
      }
      let made = 0
      const organization = async (plan: string, startsAt?: string) => {
        made += 1
        const id = `org-${made}`
        await tollgate.organizations.create({ id, name: id, plan, startsAt })
        return id
      }
      subject = { tollgate, clock, db, organization, another }
    })
    afterAll(() => Promise.all(engines.map((engine) => engine.close())))
    block(() => subject as EngineSubject)
  })
}
