import { describe, expect, it } from 'vitest'
import { faultsOf } from './parameter-check.ts'
import { sdkFor } from './sdk.ts'
import { openStripeStandIn } from './stand-in.ts'

const post = (path: string, fields: Readonly<Record<string, string>>, more: object = {}) =>
  faultsOf({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    body: new URLSearchParams(fields),
    ...more,
  })
const item = (fields: Readonly<Record<string, string>>, more: object = {}) =>
  post('/v1/invoiceitems', { customer: 'cus_1', ...fields }, more)
const metadata = (keys: readonly string[], value = 'x') =>
  Object.fromEntries(keys.map((key) => [`metadata[${key}]`, value]))

describe("a request checked against Stripe's parameters", () => {
  it('passes if all its parameters are valid', () => {
    expect(
      item({
        amount: '-99999999',
        currency: 'usd',
        description: 'd'.repeat(5_000),
        discountable: 'false',
        'period[start]': '1',
        'period[end]': '2',
        ...metadata(
          Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(40, 'k')),
          'v'.repeat(500),
        ),
      }),
    ).toEqual([])
    expect(post('/v1/invoices', { discounts: '', collection_method: 'send_invoice' })).toEqual([])
    expect(post('/v1/invoices/in_1/pay', {})).toEqual([])
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a request that there is not', post('/v1/nothing', {}), /unknown request/],
    ['an unknown parameter', item({ colour: 'red' }), /colour: unknown$/],
    ['an unknown one within another', item({ 'period[middle]': '1' }), /period.middle: unknown/],
    ['one that is missing', post('/v1/billing/meter_events', {}), /event_name: required/],
    ['one that is missing within', item({ 'period[start]': '1' }), /period.end: required/],
    ['a text for a number', item({ amount: 'much' }), /amount: must be a whole number/],
    ['a fraction of a cent', item({ amount: '1.5' }), /amount: must be a whole number/],
    ['a number for a truth', item({ discountable: '1' }), /discountable: must be true/],
    ['a plain value for an object', item({ period: '1' }), /period: must be an object/],
    ['an object for a plain value', item({ 'amount[x]': '1' }), /amount: must be a plain/],
    ['a plain value for a list', item({ expand: 'x' }), /expand: must be a list/],
    [
      'a word that there is not',
      post('/v1/invoices', { collection_method: 'by_hand' }),
      /collection_method: must be one of charge_automatically, send_invoice/,
    ],
    ['capitals of a currency', item({ currency: 'USD' }), /currency: must be in lowercase/],
    ['nine digits', item({ amount: '100000000' }), /amount: more than eight digits/],
    ['a long name', post('/v1/customers', { name: 'n'.repeat(257) }), /name: 257 characters/],
    ['a long text', item({ description: 'd'.repeat(5_001) }), /description: 5001 characters/],
    ['a long memo', post('/v1/invoices', { description: 'd'.repeat(1_501) }), /1501 characters/],
    [
      'many keys of metadata',
      item(metadata(Array.from({ length: 51 }, (_, n) => `${n}`))),
      /metadata: 51 keys/,
    ],
    ['a long key of metadata', item(metadata(['k'.repeat(41)])), /a key of 41 characters/],
    ['a long value of metadata', item(metadata(['k'], 'v'.repeat(501))), /k: 501 characters/],
    ['a long key', item({}, { idempotencyKey: 'k'.repeat(256) }), /Idempotency-Key: too long/],
    [
      'decimals of a meter',
      post('/v1/billing/meter_events', {
        event_name: 'x',
        'payload[stripe_customer_id]': 'cus_1',
        'payload[value]': '10.125',
      }),
      /payload.value: must be a whole number/,
    ],
    [
      'a page that is too long',
      faultsOf({
        method: 'GET',
        path: '/v1/invoices',
        body: new URLSearchParams(),
        query: new URLSearchParams({ limit: '101' }),
      }),
      /limit: must be 1 to 100/,
    ],
  ])('reports %s', (_, faults, expected) => {
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.join('\n')).toMatch(expected)
  })

  it('is refused by the stand-in, whose test fails unless it expects that', async () => {
    const standIn = await openStripeStandIn({ now: () => new Date('2026-01-01') })
    const stripe = sdkFor(standIn)
    await expect(stripe.customers.create({ name: 'n'.repeat(257) })).rejects.toThrow(/257/)
    expect(standIn.takeFaults()).toEqual([
      'POST /v1/customers: name: 257 characters, of at most 256',
    ])
    expect(standIn.account.customers).toEqual([])
    await expect(stripe.customers.create({ name: 'n'.repeat(258) })).rejects.toThrow(/258/)
    await expect(standIn.close()).rejects.toThrow(/258 characters/)
  })
})
