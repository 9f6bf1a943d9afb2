import type { TestProject } from 'vitest/node'
import type { Missing } from './debian-package.ts'
import { findOrInstallRedis } from './redis-binaries.ts'
import { freePorts, startRedis } from './redis-process.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server that tests share under key prefixes of their own; nothing when there is none. */
    redisUrl: string | undefined
    /** The same as a cluster. */
    redisClusterUrl: string | undefined
  }
}

const CLUSTER_NODES = 3

/**
 * Gives the whole run one Redis and one Redis Cluster of three masters: those at TEST_REDIS_URL and
 * TEST_REDIS_CLUSTER_URL, or else throw-away servers of what is installed (or, as root on Debian,
 * of what apt-get installs). What tests leave on a given server expires by itself.
 */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const given = process.env.TEST_REDIS_URL
  if (given) {
    project.provide('redisUrl', given)
    project.provide('redisClusterUrl', process.env.TEST_REDIS_CLUSTER_URL)
    return undefined
  }
  const found = findOrInstallRedis()
  if ('missing' in found) {
    skipLoudly(found)
    project.provide('redisUrl', undefined)
    project.provide('redisClusterUrl', undefined)
    return undefined
  }
  const ports = await freePorts(1 + CLUSTER_NODES)
  const [single, ...clusterPorts] = ports
  const servers = await startRedis(found, { ports, clusterPorts })
  project.provide('redisUrl', `redis://127.0.0.1:${single}`)
  const nodes = clusterPorts.map((port) => `redis://127.0.0.1:${port}`)
  project.provide('redisClusterUrl', nodes.join(','))
  return servers.stop
}

const skipLoudly = ({ missing, installable }: Missing): void => {
  const line = '!'.repeat(78)
  console.warn(
    [
      '',
      line,
      '!!! ALL TESTS ON REDIS ARE SKIPPED in this run.',
      `!!! Why: ${missing}`,
      '!!! Install Redis 5 or later, or set TEST_REDIS_URL (and TEST_REDIS_CLUSTER_URL) to',
      '!!! servers for tests.',
      line,
      '',
    ].join('\n'),
  )
  if (process.env.CI && installable) {
    throw new Error(`CI must test on Redis, and could have. ${missing}`)
  }
}
