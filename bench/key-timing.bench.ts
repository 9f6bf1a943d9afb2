import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { fromCallers, newDatabase } from './gate-subjects.ts'
import { plumbingOf } from './plumbing.ts'
import { machine, thousands } from './report.ts'
import { type Samples, sampled, welchT } from './welch.ts'

/**
 * Does the time of a wrong key reveal anything about valid keys? Each class of wrong keys is
 * compared with random keys, in random order, by Welch's t-test as in dudect. A difference counts
 * from |t| = 4.5 on. Each sample is a new key, so no cache knows it.
 */

const SAMPLES = Number(process.env.TOLLGATE_TIMING_SAMPLES ?? 20_000)
const MAX_T = 4.5
const server = inject('postgresUrl')

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')

const random = (length: number): string =>
  randomBytes(length).toString('base64url').slice(0, length)

const shown = (name: string, samples: Samples): string =>
  `${name.padEnd(44)} ${(samples.meanNs / 1_000).toFixed(2).padStart(10)} µs`

it.runIf(server)('the time of a wrong key reveals nothing about valid keys', async () => {
  console.log(machine(), `${thousands(SAMPLES)} samples of each class`)
  const { url } = await newDatabase(server as string)
  await using tollgate = await createTollgate({ database: { url }, catalogs: ['rag-chatbot'] })
  await tollgate.organizations.create({ id: 'timed', name: 'Timed', plan: 'rag-chatbot/pro' })
  const { key } = await tollgate.apiKeys.create({ organizationId: 'timed', name: 'right' })
  const revoked: string[] = []
  await fromCallers(16, SAMPLES, async () => {
    const one = await tollgate.apiKeys.create({ organizationId: 'timed', name: 'revoked' })
    await tollgate.apiKeys.revoke({ organizationId: 'timed', keyId: one.id })
    revoked.push(one.key)
  })
  const many = (wrong: () => string): string[] => Array.from({ length: SAMPLES }, wrong)
  const classes: Record<string, readonly string[]> = {
    'made up': many(() => `tg_${random(32)}`),
    'made up as well': many(() => `tg_${random(32)}`),
    'begins as people may see it': many(() => key.slice(0, 10) + random(25)),
    'is right but for its last letters': many(() => key.slice(0, 31) + random(4)),
    'was revoked': revoked,
  }
  const timed = await sampled(classes, (wrong) => plumbingOf(tollgate).authenticate(wrong))
  const beside = timed['made up'] as Samples
  const told: Record<string, number> = {}
  for (const [name, samples] of Object.entries(timed)) {
    const t = welchT(samples, beside)
    told[name] = Math.abs(t)
    console.log(shown(name, samples), `t ${t.toFixed(2)}`)
  }
  for (const name of Object.keys(classes)) expect(told[name], name).toBeLessThan(MAX_T)
})
