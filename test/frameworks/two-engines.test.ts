import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { eventually } from '../setup/eventually.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { type Answer, post, postAndLeave, standing } from './asking.ts'
import { catalogs } from './catalog.ts'
import { startExpress } from './hosts/express.ts'
import { startFastify } from './hosts/fastify.ts'
import { startHono } from './hosts/hono.ts'
import type { Host, StartHost } from './hosts/host.ts'

const CALLS = times('TOLLGATE_WRAPPED_CALLS', { short: 60, long: 2_000 })

/** Streams of this many pieces. Readers leave a third of them early. */
const PIECES = 40
const LEFT_AFTER = 3

describeOnPostgres('wrapped routes of two engines on one database', (open) => {
  const engines: TollgateEngine[] = []
  const hosts: Host[] = []
  beforeAll(async () => {
    const starts: readonly StartHost[] = [startExpress, startFastify, startHono]
    for (const decide of ['strict', 'leased'] as const) {
      const engine = await createTollgate({ database: await open(), catalogs, decide })
      engines.push(engine)
      for (const start of starts) hosts.push(await start(engine, engine))
    }
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.close()))
    await Promise.all(engines.map((engine) => engine.close()))
  })

  const engine = (): TollgateEngine => engines[0] as TollgateEngine
  const hostOf = (call: number): Host => hosts[call % hosts.length] as Host
  const founded = async (organizationId: string) => {
    await engine().organizations.create({ id: organizationId, name: 'Two', plan: 'desk/roomy' })
    return { 'x-organization': organizationId }
  }
  const allEnded = (organizationId: string) =>
    eventually(async () => {
      for (const one of engines) await one.flush()
      const state = await standing(engine(), organizationId)
      expect(state.held).toBe(0)
      return state
    })

  it('allow exactly what a limit allows, and refuse the rest', async () => {
    const organizationId = 'exactly'
    const headers = await founded(organizationId)
    // Each uses 10 of 10,000 tokens. The rest is enough for two thirds of the calls.
    const fitting = Math.floor((CALLS * 2) / 3)
    await engine().record({
      organizationId,
      eventType: 'chat',
      quantities: { tokens: 10_000 - fitting * 10 },
    })
    const answers = await Promise.all(
      Array.from(
        { length: CALLS },
        (_, call): Promise<Answer> => post(`${hostOf(call).url}/track`, headers),
      ),
    )
    const counted = answers.filter(({ status }) => status === 200).length
    expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([])
    expect(counted).toBe(fitting)
    const { used, recorded } = await allEnded(organizationId)
    expect([used, recorded]).toEqual([10_000, 10_000])
  })

  it('settle the produced pieces, whether streams were read to their end or left', async () => {
    const organizationId = 'streams'
    const headers = await founded(organizationId)
    const names: (readonly [Host, string])[] = []
    await Promise.all(
      Array.from({ length: Math.min(CALLS, 90) }, async (_, call) => {
        const host = hostOf(call)
        const name = `stream-${call}`
        names.push([host, name])
        const url = `${host.url}/stream/${PIECES}`
        const asked = { ...headers, 'x-name': name }
        if (call % 3 === 0) return postAndLeave(url, asked, LEFT_AFTER)
        expect((await post(url, asked)).status).toBe(200)
      }),
    )
    const { used, recorded, events } = await allEnded(organizationId)
    const produced = names.reduce((sum, [host, name]) => sum + (host.produced.get(name) ?? 0), 0)
    expect(produced).toBeGreaterThan(0)
    expect([used, recorded, events]).toEqual([produced, produced, names.length])
  })
})
