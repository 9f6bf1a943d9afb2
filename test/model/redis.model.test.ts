import { describe, inject } from 'vitest'
import { describeModel } from './describe-model.ts'

const url = inject('redisUrl') ?? ''

describe.skipIf(url === '')('with Redis beside the database', () => {
  describeModel('the gate, beside a model in plain TypeScript', { redis: { url } })
  describeModel('the gate on leases, beside a model in plain TypeScript', {
    redis: { url },
    decide: 'leased',
  })
})
