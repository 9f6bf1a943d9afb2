import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { describeEngine } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

describeEngine('an override of a limit', metersOnly, (subject) => {
  const override = async (limit: Partial<LimitOverrideInput>) => {
    const { tollgate, organization } = subject()
    return tollgate.limits.override({
      organizationId: await organization('free'),
      meter: 'hours',
      window: 'minute',
      max: 60,
      behavior: 'hard',
      reason: 'test',
      ...limit,
    })
  }

  it('returns all values in force, including the defaults', async () => {
    expect(await override({})).toMatchObject({
      per: 'organization',
      burst: null,
      cap: null,
      onFailure: 'open',
      decide: null,
      durable: false,
    })
    const capped = { window: 'month', behavior: 'overage', cap: 80.5, decide: 'leased' } as const
    expect(await override(capped)).toMatchObject({
      cap: 80.5,
      onFailure: 'closed',
      decide: 'leased',
      durable: true,
    })
    expect(await override({ per: 'user', burst: 2.5 })).toMatchObject({ per: 'user', burst: 2.5 })
  })

  it.each([
    ['window', { meter: 'visitors' }],
    ['window', { meter: 'stored', window: 'concurrent' }],
    ['burst', { burst: 0.0000001 }],
    ['cap', { window: 'month', behavior: 'overage', cap: 60.0000001 }],
    ['per', { window: 'day', per: 'api_key' }],
  ] as const)('is refused by its field %s if the value does not fit: %j', async (field, wrong) => {
    await expect(override(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field }],
    })
  })
})
