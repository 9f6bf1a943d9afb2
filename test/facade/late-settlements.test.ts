import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { TollgateError } from '../../src/contract/errors.ts'
import type { Hold } from '../../src/contract/hold.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { LateSettlements } from '../../src/facade/late-settlements.ts'
import { testClock } from '../../src/testing/index.ts'
import { openDoor } from '../http/door.ts'
import { lentDatabase } from '../setup/embedded-databases.ts'
import { eventually } from '../setup/eventually.ts'

describe('work that ends during an outage', () => {
  const door = openDoor()
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))
  afterEach(() => vi.restoreAllMocks())
  const start = async () => {
    const { id: organizationId, key } = await door().organization('rag-chatbot/pro')
    const clock = testClock('2026-03-10T12:00:00Z')
    const way = { isCut: false, settled: 0 }
    const client = createClient({
      url: 'http://tollgate.test',
      key,
      organizationId,
      retries: 0,
      clock,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (way.isCut) throw new TypeError('fetch failed')
        if (request.url.includes('/settle')) way.settled += 1
        return door().handler(request)
      },
    })
    const call = { eventType: 'chat_message', quantities: { tokens: 100 } }
    const run = (tokens: number) =>
      client.run(call, async ({ used }) => {
        way.isCut = true
        used({ quantities: { tokens } })
        return 'an answer'
      })
    const tokens = async () => {
      const { limits } = await door().tollgate.usage.current({ organizationId })
      const { used, held } = limits.find(({ limit }) => limit === 'tokens/day') ?? {}
      return { used, held }
    }
    return { client, clock, way, run, tokens }
  }

  it('returns its result, and is settled in full afterwards', async () => {
    const { client, clock, way, run, tokens } = await start()
    expect(await run(42)).toBe('an answer')
    await clock.advance(60_000)
    expect(await tokens()).toEqual({ used: 0, held: 100 })
    way.isCut = false
    await clock.advance(30_000)
    await eventually(async () => expect(await tokens()).toEqual({ used: 42, held: 0 }))
    await clock.advance(600_000)
    expect(way.settled).toBe(1)
    await client.close()
    expect(console.error).not.toHaveBeenCalled()
  })

  it('counts in full even if its hold has expired', async () => {
    const { client, way, run, tokens } = await start()
    await run(42)
    await door().clock.advance(3_600_000)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
    way.isCut = false
    await client.close()
    expect(await tokens()).toEqual({ used: 42, held: 0 })
  })

  it('is described as it was when it ended, however late it is settled', async () => {
    const { client, clock, way } = await start()
    const beganMs = clock.now().getTime()
    const call = { eventType: 'chat_message', quantities: { tokens: 100 } }
    const work = async () => {
      await clock.advance(250)
      way.isCut = true
    }
    const describe = () => ({ durationMs: clock.now().getTime() - beganMs })
    await client.run(call, work, { describe })
    await clock.advance(60_000)
    way.isCut = false
    await client.close()
    const { events } = await client.usage.history()
    expect(events.map(({ durationMs }) => durationMs)).toEqual([250])
  })

  it('is reported as lost if the outage lasts until the client closes', async () => {
    const { client, run } = await start()
    await run(42)
    await client.close()
    expect(console.error).toHaveBeenCalledWith(
      expect.stringMatching(/^tollgate: the use of the hold [\da-f-]{36} is lost$/),
      expect.objectContaining({ code: 'unavailable' }),
      { quantities: { tokens: 42 } },
    )
  })

  it('is not reported as lost if it has only a hold to release', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const { client, way } = await start()
    const call = { eventType: 'chat_message', quantities: { tokens: 100 } }
    const work = async () => {
      way.isCut = true
      throw new Error('no')
    }
    await expect(client.run(call, work)).rejects.toThrow('no')
    await client.close()
    expect(console.error).not.toHaveBeenCalled()
    expect(console.warn).toHaveBeenCalledWith(
      expect.stringMatching(/^tollgate: the hold [\da-f-]{36} is not released, and expires$/),
      expect.objectContaining({ code: 'unavailable' }),
    )
  })
})

describe('work that ends after its engine was closed', () => {
  it('gives its result, and its use is reported as lost', async () => {
    const lent = await lentDatabase()
    const errors: string[] = []
    const log = {
      info: () => {},
      warn: () => {},
      error: (_: object, text: string) => errors.push(text),
    }
    const clock = testClock('2026-03-10T12:00:00Z')
    const tollgate = await createTollgate({ database: lent.database, clock, log })
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/pro' })
    const call = { organizationId: 'acme', eventType: 'chat_message', quantities: { tokens: 100 } }
    const answer = await tollgate.run(call, async () => {
      await tollgate.close()
      return 'an answer'
    })
    expect([answer, errors]).toEqual([
      'an answer',
      ['a hold could not be settled, so its use is lost'],
    ])
    await lent.giveBack()
  })
})

describe('queued settlements', () => {
  const hold = { reservationId: 'one' } as Hold
  const unavailable = () => new TollgateError('unavailable')
  const start = () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const lost: string[] = []
    const settlements = new LateSettlements({
      timers: clock,
      onUnsettled: (error) => void lost.push((error as TollgateError).code),
    })
    return { clock, lost, settlements }
  }

  it('are retried in turn after 1, 2, 4, 8, 16 and then every 30 seconds, one by one', async () => {
    const { clock, settlements } = start()
    const first: number[] = []
    let others = 0
    const startMs = clock.now().getTime()
    const failing = async () => {
      first.push((clock.now().getTime() - startMs) / 1_000)
      throw unavailable()
    }
    await settlements.settle(hold, failing)
    const other = async () => {
      others += 1
      throw unavailable()
    }
    await settlements.settle(hold, other)
    for (let second = 0; second < 91; second++) await clock.advance(1_000)
    expect([first, others]).toEqual([[0, 1, 7, 31, 91], 4])
  })

  it('settle the others while one organization stays locked', async () => {
    const { clock, lost, settlements } = start()
    await settlements.settle(hold, () => Promise.reject(new TollgateError('timed_out')))
    let tries = 0
    await settlements.settle(hold, async () => {
      tries += 1
      if (tries === 1) throw unavailable()
      return {} as never
    })
    for (let second = 0; second < 3; second++) await clock.advance(1_000)
    await eventually(() => expect([tries, settlements.size]).toEqual([2, 1]))
    expect(lost).toEqual([])
  })

  it('are each tried at the close, and those that fail are reported with their use', async () => {
    const clock = testClock('2026-03-10T12:00:00Z')
    const lost: unknown[] = []
    const settlements = new LateSettlements({
      timers: clock,
      onUnsettled: (_, { reservationId }, used) => void lost.push([reservationId, used]),
    })
    let isBack = false
    const settled: number[] = []
    for (let nth = 0; nth < 20; nth++) {
      const attempt = async () => {
        // The first organization stays locked.
        if (!isBack || nth % 10 === 0) throw unavailable()
        settled.push(nth)
        return {} as never
      }
      await settlements.settle({ reservationId: `${nth}` } as Hold, attempt, { outputTokens: nth })
    }
    isBack = true
    await settlements.close()
    expect(settled.length).toBe(18)
    expect(lost).toEqual([
      ['0', { outputTokens: 0 }],
      ['10', { outputTokens: 10 }],
    ])
  })

  it('are reported if the time for the close is over before their turn', async () => {
    const { clock, lost, settlements } = start()
    let tries = 0
    let answer = () => {}
    for (let nth = 0; nth < 20; nth++) {
      let isFirst = true
      await settlements.settle(hold, async () => {
        if (isFirst) {
          isFirst = false
          throw unavailable()
        }
        tries += 1
        await new Promise<void>((resolve) => {
          const earlier = answer
          answer = () => {
            earlier()
            resolve()
          }
        })
        return {} as never
      })
    }
    const closed = settlements.close({ withinMs: 500 })
    await eventually(() => expect(tries).toBe(8))
    await clock.advance(500)
    answer()
    await closed
    expect([tries, lost.length, settlements.size]).toEqual([8, 12, 0])
  })

  it('are reported at once if they fail after the close', async () => {
    const { lost, settlements } = start()
    await settlements.close()
    await settlements.settle(hold, () => Promise.reject(unavailable()))
    expect([settlements.size, lost]).toEqual([0, ['unavailable']])
  })

  it('drop a refused settlement, and continue with the next', async () => {
    const { clock, lost, settlements } = start()
    const answers = [unavailable(), new TollgateError('reservation_ended')]
    await settlements.settle(hold, async () => Promise.reject(answers.shift()))
    let tries = 0
    await settlements.settle(hold, async () => {
      tries += 1
      if (tries === 1) throw unavailable()
      return {} as never
    })
    await clock.advance(1_000)
    await eventually(() => expect([lost, tries]).toEqual([['reservation_ended'], 2]))
    expect(settlements.size).toBe(0)
  })

  it('hold at most 10,000: further use is reported as lost at once', async () => {
    const { lost, settlements } = start()
    const failing = () => Promise.reject(unavailable())
    for (let nth = 0; nth < 10_001; nth++) await settlements.settle(hold, failing)
    expect([settlements.size, lost]).toEqual([10_000, ['unavailable']])
  })

  it('include no settlement whose error is not an outage', async () => {
    const { lost, settlements } = start()
    await settlements.settle(hold, () => Promise.reject(new TollgateError('not_found')))
    expect([settlements.size, lost]).toEqual([0, ['not_found']])
  })
})
