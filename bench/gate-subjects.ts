import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { EngineOptions } from '../src/engine/options.ts'
import { onServer } from '../test/setup/substrates.ts'
import { gateCatalog } from './gate-catalog.ts'

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')

let databases = 0

/** Its own database on a server; `drop` deletes it. */
export const newDatabase = async (
  server: string,
): Promise<{ url: string; drop: () => Promise<void> }> => {
  databases += 1
  const name = `tollgate_bench_${process.pid}_${databases}`
  await onServer(server, (client) => client.query(`create database ${name}`))
  const url = new URL(server)
  url.pathname = `/${name}`
  const drop = () =>
    onServer(server, (client) => client.query(`drop database ${name} with (force)`))
  return { url: url.href, drop: async () => void (await drop()) }
}

/** An engine with the benchmark's plan and one organization on it. */
export const openGate = async (url: string, options: EngineOptions): Promise<TollgateEngine> => {
  const tollgate = await createTollgate({
    database: { url, poolSize: 20 },
    catalogs: [{ document: gateCatalog, origin: 'bench' }],
    ...options,
  })
  await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'bench/large' })
  return tollgate
}

/**
 * Calls `one` from this many concurrent callers until `count` calls are made, or until `mostMs` are
 * over.
 */
export const fromCallers = async (
  callers: number,
  count: number,
  one: (n: number) => Promise<unknown>,
  mostMs: number = Number.POSITIVE_INFINITY,
): Promise<{ perSecond: number; p50Ms: number; p99Ms: number; longestMs: number }> => {
  const all = new Float64Array(count)
  let next = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < count && performance.now() - startedAt < mostMs) {
        const n = next
        next += 1
        const askedAt = performance.now()
        await one(n)
        all[n] = performance.now() - askedAt
      }
    }),
  )
  const tookMs = performance.now() - startedAt
  const latencies = all.subarray(0, next).sort()
  const at = (part: number) => latencies[Math.floor(next * part)] ?? 0
  return {
    perSecond: (next * 1000) / tookMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    longestMs: latencies.at(-1) ?? 0,
  }
}
