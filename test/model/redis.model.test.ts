import { describe, inject } from 'vitest'
import { describeModel } from './describe-model.ts'

const url = inject('redisUrl') ?? ''

describe.skipIf(url === '')('with Redis', () => {
  describeModel('the gate compared with a model in plain TypeScript', { redis: { url } })
  describeModel('the gate on leases compared with a model in plain TypeScript', {
    redis: { url },
    decide: 'leased',
  })
})
