import { createHash } from 'node:crypto'
import { it } from 'vitest'
import { plumbingOf } from './plumbing.ts'
import { machine, median } from './report.ts'

/** The time to identify a known key, compared with its SHA-256, which is the minimum. */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const CHECKS = Number(process.env.BENCH_CHECKS ?? 100_000)
const KEYS = 1_000

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')

/** The median of single calls, in microseconds. */
const medianOf = async (call: (turn: number) => unknown): Promise<number> => {
  const tookNs: number[] = []
  for (let turn = 0; turn < CHECKS; turn++) {
    const start = process.hrtime.bigint()
    await call(turn)
    tookNs.push(Number(process.hrtime.bigint() - start))
  }
  return median(tookNs) / 1_000
}

it('a known key', async () => {
  const tollgate = await createTollgate({ database: 'memory', catalogs: ['rag-chatbot'] })
  await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'pro' })
  const keys: string[] = []
  for (let n = 0; n < KEYS; n++) {
    keys.push((await tollgate.apiKeys.create({ organizationId: 'acme', name: `key ${n}` })).key)
  }
  const keyOf = (turn: number) => keys[turn % KEYS] as string
  for (const key of keys) await plumbingOf(tollgate).authenticate(key)
  const ours: number[] = []
  const bare: number[] = []
  for (let run = 0; run < RUNS; run++) {
    ours.push(await medianOf((turn) => plumbingOf(tollgate).authenticate(keyOf(turn))))
    bare.push(await medianOf((turn) => createHash('sha256').update(keyOf(turn)).digest()))
  }
  await tollgate.close()
  const row = (what: string, runs: readonly number[]) => {
    const ratio = (median(ours) / median(runs)).toFixed(2)
    const all = runs.map((us) => us.toFixed(2)).join(' · ')
    return `| ${what} | ${median(runs).toFixed(2)} | ${ratio} | ${all} |`
  }
  console.log(
    [
      '',
      `### who a key stands for (${machine()})`,
      `${KEYS} keys, ${CHECKS} checks a run, one after the other; medians of ${RUNS} runs`,
      '| | µs | ours ÷ this | all runs |',
      '|---|---|---|---|',
      row('authenticate', ours),
      row('bare SHA-256', bare),
    ].join('\n'),
  )
})
