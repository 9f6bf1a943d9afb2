import { beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'

export interface Subject {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly db: Database
  /** A new organization on the plan; its id is its own, so tests do not meet. */
  organization(plan: string, startsAt?: string): Promise<string>
}

/** One behaviour suite over the substrates: what is promised holds on each of them. */
export const describeTollgate = (name: string, block: (subject: () => Subject) => void): void =>
  describeOnEachDatabase(name, (open) => {
    let subject: Subject | undefined
    beforeAll(async () => {
      const db = await open()
      const clock = testClock('2026-03-10T12:00:00Z')
      const tollgate = await createTollgate({ database: db, clock })
      let made = 0
      subject = {
        tollgate,
        clock,
        db,
        organization: async (plan, startsAt) => {
          made += 1
          const id = `org-${made}`
          await tollgate.organizations.create({ id, name: id, plan, startsAt })
          return id
        },
      }
      return () => tollgate.close()
    })
    block(() => subject as Subject)
  })
