import { describe, inject } from 'vitest'
import { describeAuthority, describeAuthorityBesideLedger } from '../describe-authority.ts'
import { redisStore } from './redis-store.ts'

const single = inject('redisUrl')
const cluster = inject('redisClusterUrl')

describe.skipIf(single === undefined)('Redis', () => {
  describeAuthority('Redis', () => redisStore(single as string))
  describeAuthorityBesideLedger('Redis', () => redisStore(single as string))
})

describe.skipIf(cluster === undefined)('Redis Cluster', () => {
  describeAuthority('Redis Cluster', () => redisStore(cluster as string))
  describeAuthorityBesideLedger('Redis Cluster', () => redisStore(cluster as string))
})
