import { describe, expect, it } from 'vitest'
import { billingOptions } from '../../src/cli/billing-options.ts'
import { CliFailure } from '../../src/cli/failure.ts'

describe('the billing environment', () => {
  it('is empty if nothing is collected', () => {
    const empty = { STRIPE_SECRET_KEY: '', STRIPE_API_BASE: '', TOLLGATE_BILLING_SINCE: '' }
    for (const env of [{}, empty]) expect(billingOptions(env)).toEqual({})
  })

  it('sets the account, another host, and the start of collection', () => {
    const env = {
      STRIPE_SECRET_KEY: 'sk_test_1234',
      STRIPE_API_BASE: 'http://127.0.0.1:12111',
      TOLLGATE_BILLING_SINCE: '2026-01-31',
    }
    expect(billingOptions(env)).toEqual({
      billing: { since: new Date('2026-01-31T00:00:00Z') },
      stripe: { secretKey: 'sk_test_1234', apiBase: 'http://127.0.0.1:12111' },
    })
  })

  it('sets webhook secrets, customer creation, and the reported meters', () => {
    const env = {
      STRIPE_SECRET_KEY: 'sk_test_1234',
      STRIPE_WEBHOOK_SECRET: 'whsec_old1, whsec_new1',
      STRIPE_CREATE_CUSTOMERS: 'true',
      STRIPE_METERS: 'tokens=tokens_used,api_calls=thousandths:3',
      STRIPE_METER_BUCKET: 'day',
    }
    expect(billingOptions(env).stripe).toEqual({
      secretKey: 'sk_test_1234',
      webhookSecret: ['whsec_old1', 'whsec_new1'],
      createCustomers: true,
      mode: 'meter_events',
      bucket: 'day',
      meters: {
        tokens: { eventName: 'tokens_used', decimals: 0 },
        api_calls: { eventName: 'thousandths', decimals: 3 },
      },
    })
  })

  it.each([
    [{ STRIPE_SECRET_KEY: 'pk_live_that_is_public' }, /^STRIPE_SECRET_KEY must be/],
    [{ STRIPE_API_BASE: 'api.stripe.com' }, /^STRIPE_API_BASE must be/],
    [{ STRIPE_WEBHOOK_SECRET: 'sk_that_is_public' }, /^STRIPE_WEBHOOK_SECRET must be/],
    [{ STRIPE_CREATE_CUSTOMERS: 'yes' }, /^STRIPE_CREATE_CUSTOMERS must be/],
    [{ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_METERS: 'tokens' }, /^STRIPE_METERS must be/],
    [{ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_METERS: 'a=b:13' }, /^STRIPE_METERS must be/],
    [{ TOLLGATE_BILLING_SINCE: 'yesterday' }, /^TOLLGATE_BILLING_SINCE must be/],
    [{ TOLLGATE_BILLING_SINCE: '2026-13-01' }, /^TOLLGATE_BILLING_SINCE must be/],
  ])('is refused without repeating a secret: %j', (env, message) => {
    const asked = () => billingOptions(env)
    expect(asked).toThrow(CliFailure)
    expect(asked).toThrow(message)
    expect(asked).not.toThrow(/that_is_public/)
  })
})
