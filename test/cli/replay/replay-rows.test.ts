import { describe, expect, it } from 'vitest'
import { enforceRows, type ReplayRow, recordRows } from '../../../src/cli/replay/replay-rows.ts'
import type { ReplayTarget } from '../../../src/cli/replay/replay-target.ts'
import { ReplayTotals, summaryJson } from '../../../src/cli/replay/replay-totals.ts'
import type { Decision } from '../../../src/contract/decision.ts'
import type { Call } from '../../../src/contract/usage.ts'

const row = (number: number): ReplayRow => ({
  line: number + 1,
  event: { id: `row-${number}`, eventType: 'api_call', organizationId: 'acme' },
  priced: { inputTokens: 2, outputTokens: 1, microCredits: 1_500_000n, costUsd: '0.000000000001' },
})

async function* rowsUpTo(count: number, failAfter?: number): AsyncGenerator<ReplayRow> {
  for (let number = 1; number <= count; number += 1) {
    if (failAfter !== undefined && number > failAfter) throw new Error('unreadable')
    yield row(number)
  }
}

/** A ledger that stores ids, ten per batch, and answers only after other callers had a turn. */
const ledger = (refuses: (id: string) => string | undefined = () => undefined) => {
  const kept: string[] = []
  let running = 0
  let mostAtOnce = 0
  const keep = async (event: Call): Promise<'new' | 'duplicate'> => {
    const id = event.id as string
    if (kept.includes(id)) return 'duplicate'
    kept.push(id)
    return 'new'
  }
  const unused = () => Promise.reject(new Error('not called'))
  const target: ReplayTarget = {
    batchRows: 10,
    decisionsInFlight: 4,
    tollgate: {
      organizations: { get: unused, create: unused },
      record: async (input) => {
        const events = input as readonly Call[]
        const rejected = events.flatMap(({ id = '' }, index) => {
          const message = refuses(id)
          return message === undefined
            ? []
            : [{ index, code: 'invalid_request' as const, field: 'timestamp', message }]
        })
        const outcomes = await Promise.all(events.filter(({ id }) => !refuses(id ?? '')).map(keep))
        const duplicates = outcomes.filter((outcome) => outcome === 'duplicate').length
        return { accepted: outcomes.length - duplicates, duplicates, rejected }
      },
      track: async (event) => {
        running += 1
        mostAtOnce = Math.max(mostAtOnce, running)
        const refusedBy = refuses(event.id as string)
        const outcome = refusedBy === undefined ? await keep(event) : 'new'
        await new Promise(setImmediate)
        running -= 1
        const limits = refusedBy === undefined ? [] : [{ limit: refusedBy, refused: true }]
        const decision = { allowed: refusedBy === undefined, limits } as unknown as Decision
        return { ...decision, replayed: outcome === 'duplicate' }
      },
    },
    pricing: unused,
    close: async () => undefined,
  }
  return { target, kept, mostAtOnce: () => mostAtOnce }
}

const jobOn = (target: ReplayTarget) => ({ path: 'rows.csv', target, totals: new ReplayTotals() })

describe('recordRows', () => {
  it('records the rows before an unreadable one, and the rest in the next run', async () => {
    const { target, kept } = ledger()
    const cut = jobOn(target)
    await expect(recordRows(cut, rowsUpTo(30, 17))).rejects.toThrow('unreadable')
    expect(kept).toHaveLength(17)

    const whole = jobOn(target)
    await recordRows(whole, rowsUpTo(30))
    expect(kept).toEqual(Array.from({ length: 30 }, (_, index) => `row-${index + 1}`))
    expect(whole.totals.summary).toMatchObject({ events: 30n, admitted: 30n, duplicates: 17n })
  })

  it('names the line of an event that the ledger refuses', async () => {
    const { target } = ledger((id) =>
      id === 'row-14' ? 'must be at most 5 minutes ahead' : undefined,
    )
    await expect(recordRows(jobOn(target), rowsUpTo(40))).rejects.toThrow(
      'rows.csv:15: timestamp must be at most 5 minutes ahead',
    )
  })

  it('sums exactly, past the precision of a double', async () => {
    const { target } = ledger()
    const job = jobOn(target)
    await recordRows(job, rowsUpTo(25))
    expect(summaryJson(job.totals.summary)).toBe(
      '{"events":25,"admitted":25,"refused":0,"duplicates":0,"inputTokens":50,' +
        '"outputTokens":25,"credits":37.5,"costUsd":0.000000000025,"refusedBy":{}}',
    )
  })
})

describe('enforceRows', () => {
  it('asks in file order, several at a time, and never more than allowed', async () => {
    const { target, kept, mostAtOnce } = ledger()
    await enforceRows(jobOn(target), rowsUpTo(20))
    expect(kept).toEqual(Array.from({ length: 20 }, (_, index) => `row-${index + 1}`))
    expect(mostAtOnce()).toBe(4)
  })

  it('counts refusals by limit, and excludes their tokens, credits and cost', async () => {
    const { target } = ledger((id) => (id.endsWith('3') ? 'tokens/day' : undefined))
    const job = jobOn(target)
    await enforceRows(job, rowsUpTo(20))
    expect(summaryJson(job.totals.summary)).toBe(
      '{"events":20,"admitted":18,"refused":2,"duplicates":0,"inputTokens":36,' +
        '"outputTokens":18,"credits":27,"costUsd":0.000000000018,"refusedBy":{"tokens/day":2}}',
    )
  })
})
