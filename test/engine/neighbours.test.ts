import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { openPostgres } from '../../src/storage/postgres/open.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const NOW = '2026-03-10T12:00:00Z'
/** More than all the connections. */
const CALLS = 40
const noisy = { organizationId: 'noisy' }
const quiet = { organizationId: 'quiet' }
const call = { eventType: 'chat_message' }

describeOnPostgres('calls that wait for a neighbour who is locked', (_open, url) => {
  let clock: TestClock
  let tollgate: TollgateEngine
  let holder: Client
  beforeAll(async () => {
    clock = testClock(NOW)
    // They wait until the test ends their wait.
    const database = await openPostgres({ url: url(), lockWaitMs: 600_000 })
    tollgate = await createTollgate({ database, clock, decide: 'strict' })
    for (const id of ['noisy', 'quiet']) {
      await tollgate.organizations.create({ id, name: id, plan: 'ai-workspace/enterprise' })
    }
    holder = new Client({ connectionString: url() })
    await holder.connect()
  })
  afterAll(async () => {
    await holder.end()
    await tollgate.close()
  })

  /** Asks for all, while the neighbour is locked. `within` must be answered while some still wait. */
  const beside = async (
    ask: (n: number) => Promise<unknown>,
    within: () => Promise<unknown>,
  ): Promise<PromiseSettledResult<unknown>[]> => {
    await holder.query('begin')
    await holder.query(`select tollgate.lock_organizations('{noisy}')`)
    let ended = 0
    const asked = Array.from({ length: CALLS }, (_, n) =>
      ask(n).finally(() => {
        ended += 1
      }),
    )
    const all = Promise.allSettled(asked)
    try {
      await within()
      // Reads give up their wait by themselves, at their own time limit.
      expect(ended).toBeLessThan(CALLS)
    } finally {
      await holder.query('rollback')
    }
    return all
  }

  const areDone = (all: readonly PromiseSettledResult<unknown>[]) =>
    expect(all.filter(({ status }) => status === 'rejected')).toEqual([])

  const decidesChangesAndReads = async () => {
    await expect(tollgate.track({ ...quiet, ...call })).resolves.toMatchObject({ allowed: true })
    await expect(tollgate.check({ ...quiet, ...call })).resolves.toMatchObject({ allowed: true })
    await expect(tollgate.usage.manage({ ...quiet, warnPercent: 70 })).resolves.toMatchObject({
      alerts: { warnPercent: 70 },
    })
    await expect(tollgate.usage.current(quiet)).resolves.toMatchObject(quiet)
  }

  it('leave connections to all others: changes of settings', async () => {
    const change = (n: number) => tollgate.usage.manage({ ...noisy, warnPercent: 50 + n })
    areDone(await beside(change, decidesChangesAndReads))
  })

  it('leave connections to all others: releases of holds', async () => {
    const holds = await Promise.all(
      Array.from({ length: CALLS }, () => tollgate.reserve({ ...noisy, ...call })),
    )
    const release = async (n: number) => holds[n]?.allowed && holds[n].release()
    areDone(await beside(release, decidesChangesAndReads))
  })

  it('leave connections to all others: reports of an organization where a hold is overdue', async () => {
    await tollgate.reserve({ ...noisy, ...call, expiresInMs: 1_000 })
    await clock.advance(1_000)
    const read = () => tollgate.usage.current(noisy)
    areDone(await beside(read, decidesChangesAndReads))
  })
})
