import { describe, expect, it } from 'vitest'
import { limitOverrideSchema } from '../../src/contract/tenancy.ts'
import { expectAllRead, expectOnlyThatFault, readCases } from './fault-table.ts'

const limits = `
a limit for each of what is not known
  plans.0.limits.1.per = "session"
    => plans.pro.limits[1].per: must be one of organization, api_key, user
a burst that is no amount
  plans.0.limits.1.burst = "60" => plans.pro.limits[1].burst: must be a number
no cap, which is said by leaving it out
  plans.0.limits.0.cap = null => plans.pro.limits[0].cap: must be a number
an unknown way to fail
  plans.0.limits.1.onFailure = "half" => plans.pro.limits[1].onFailure: must be one of open, closed
an unknown way to decide
  plans.0.limits.1.decide = "guess" => plans.pro.limits[1].decide: must be one of strict, leased
a durable limit that is neither yes nor no
  plans.0.limits.1.durable = "yes" => plans.pro.limits[1].durable: must be true or false
a second limit per user on a meter in one window
  plans.0.limits.4 = {"meter":"tokens","window":"minute","max":9,"behavior":"soft","per":"user"}
    => plans.pro.limits[4]: the plan already limits "tokens" by the "minute", per "user"
a second limit that says the organization, where the first says nothing
  plans.0.limits.3 = {"meter":"api_calls","window":"minute","max":9,"behavior":"hard","per":"organization"}
    => plans.pro.limits[3]: the plan already limits "api_calls" by the "minute"
a quota for each user
  plans.0.limits.2.per = "user" => plans.pro.limits[2].per: must be "organization", unless
a quota for each API key
  plans.0.limits.2.per = "api_key" => plans.pro.limits[2].per: must be "organization", unless
a rate of a state
  plans.0.limits.1.meter = "storage"
    => plans.pro.limits[1].window: a "minute" limit needs a meter that adds up; this is a "latest"
distinct values at the same time
  plans.0.limits.3 = {"meter":"visitors","window":"concurrent","max":9,"behavior":"hard"}
    => plans.pro.limits[3].window: a "concurrent" limit needs a meter that adds up
a rate with overage
  plans.0.limits.0.window = "minute"
    => plans.pro.limits[0].behavior: a "minute" limit cannot have overage
concurrency with overage
  plans.0.limits.0.window = "concurrent"
    => plans.pro.limits[0].behavior: a "concurrent" limit cannot have overage
concurrency that only warns
  plans.0.limits.3 = {"meter":"tokens","window":"concurrent","max":9,"behavior":"soft"}
    => plans.pro.limits[3].behavior: must be "hard" for a "concurrent" limit
a burst by the day
  plans.0.limits.2.burst = 5 => plans.pro.limits[2].burst: only a "minute" limit has a burst
a burst of nothing
  plans.0.limits.1.burst = 0 => plans.pro.limits[1].burst: must be at least the smallest unit
a burst finer than its meter
  plans.0.limits.1.burst = 0.5 => plans.pro.limits[1].burst: must be a whole number
a burst of an unlimited rate
  plans.0.limits.3 = {"meter":"tokens","window":"minute","max":null,"behavior":"hard","burst":5}
    => plans.pro.limits[3].burst: an unlimited rate has no burst
a burst of a rate that refuses everything
  plans.0.limits.3 = {"meter":"tokens","window":"minute","max":0,"behavior":"hard","burst":5}
    => plans.pro.limits[3].burst: a rate of 0 refuses everything
a cap where nothing is billed
  plans.0.limits.2.cap = 5 => plans.pro.limits[2].cap: only an "overage" limit has a cap
a cap below the maximum
  plans.0.limits.0.cap = 1000.4 => plans.pro.limits[0].cap: must be at least the maximum
a cap finer than its meter
  plans.0.limits.0.cap = 1001.0000001
    => plans.pro.limits[0].cap: must have no more than 6 decimals
a cap of an unlimited limit, which is one mistake
  plans.0.limits.3 = {"meter":"api_calls","window":"month","max":null,"behavior":"hard","cap":5}
    => plans.pro.limits[3].cap: only an "overage" limit has a cap
`

describe('a fault of a limit is named:', () => {
  it.each(readCases(limits))('$name', expectOnlyThatFault)

  it('each one in the table', () => expectAllRead(limits))
})

describe('an override of a limit', () => {
  const override = { meter: 'tokens', window: 'minute', max: 60, behavior: 'hard', reason: 'test' }

  it("accepts the same values as a plan's limit", () => {
    const options = { per: 'user', burst: 10, onFailure: 'closed', decide: 'leased', durable: true }
    expect(limitOverrideSchema.parse({ ...override, ...options })).toMatchObject(options)
    const capped = { ...override, window: 'month', behavior: 'overage', cap: 60 }
    expect(limitOverrideSchema.parse(capped)).toMatchObject({ cap: 60 })
  })

  it.each([
    ['per', { window: 'day', per: 'user' }],
    ['behavior', { behavior: 'overage' }],
    ['behavior', { window: 'concurrent', behavior: 'soft' }],
    ['max', { window: 'month', behavior: 'overage', max: null }],
    ['burst', { window: 'concurrent', burst: 5 }],
    ['burst', { burst: 0 }],
    ['burst', { max: null, burst: 5 }],
    ['burst', { max: 0, burst: 5 }],
    ['cap', { cap: 60 }],
    ['cap', { window: 'month', behavior: 'overage', cap: 59.5 }],
  ])('is refused by its field %s if the value does not fit: %j', (field, wrong) => {
    const result = limitOverrideSchema.safeParse({ ...override, ...wrong })
    expect(result.error?.issues.map((issue) => issue.path)).toEqual([[field]])
  })
})
