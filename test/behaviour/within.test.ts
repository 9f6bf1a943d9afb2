import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { held } from '../setup/held.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

describeOnPostgres('inside a transaction of the caller', (open, url) => {
  let tollgate: TollgateEngine
  const clients: Client[] = []

  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url() })
    await client.connect()
    clients.push(client)
    return client
  }

  beforeAll(async () => {
    tollgate = await createTollgate({ database: await open() })
    const host = await connect()
    await host.query('create table jobs (id text primary key, reservation_id text)')
    await tollgate.organizations.create({ id: 'host', name: 'host', plan: 'rag-chatbot/trial' })
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await tollgate.close()
  })

  const chat = { organizationId: 'host', eventType: 'chat_message' }
  const levels = async () => {
    const { limits, month } = await tollgate.usage.current({ organizationId: 'host' })
    const tokens = limits.find(({ limit }) => limit === 'tokens/day')
    return { held: tokens?.held, used: tokens?.used, events: month.events }
  }

  it("a rollback removes a hold together with the host's row", async () => {
    const host = await connect()
    await host.query('begin')
    const hold = held(
      await tollgate.within(host).reserve({ ...chat, quantities: { tokens: 4_000 } }),
    )
    await host.query('insert into jobs values ($1, $2)', ['job-1', hold.reservationId])
    await host.query('rollback')
    expect(await levels()).toEqual({ held: 0, used: 0, events: 0 })
    expect((await host.query('select * from jobs')).rows).toEqual([])
  })

  it("a hold, its settlement and the host's rows commit together", async () => {
    const host = await connect()
    await host.query('begin')
    const hold = held(
      await tollgate.within(host).reserve({ ...chat, quantities: { tokens: 4_000 } }),
    )
    await host.query('insert into jobs values ($1, $2)', ['job-2', hold.reservationId])
    await host.query('commit')
    expect(await levels()).toMatchObject({ held: 4_000, used: 0 })

    await host.query('begin')
    const settled = await tollgate.within(host).settle({
      organizationId: 'host',
      reservationId: hold.reservationId,
      quantities: { tokens: 900 },
    })
    expect(settled).toMatchObject({ state: 'settled', settled: { tokens: 900 } })
    await host.query('commit')
    expect(await levels()).toEqual({ held: 0, used: 900, events: 1 })
  })

  it('a refusal is a decision, and leaves the transaction usable', async () => {
    const host = await connect()
    await host.query('begin')
    const refused = await tollgate.within(host).track({ ...chat, quantities: { tokens: 10_000 } })
    expect(refused).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
    await host.query('insert into jobs values ($1, null)', ['job-3'])
    await host.query('commit')
    const { decisionId } = refused
    const told = await tollgate.explain({ organizationId: 'host', decisionId })
    expect(told.decision.allowed).toBe(false)
  })

  it('transactions that commit or roll back allow exactly what the limit allows', async () => {
    await tollgate.organizations.create({ id: 'many', name: 'many', plan: 'rag-chatbot/trial' })
    const hosts = await Promise.all(Array.from({ length: 12 }, connect))
    const outcomes = await Promise.all(hosts.flatMap((host, worker) => [runJobs(host, worker)]))
    const committed = outcomes.flat().filter(Boolean).length
    const { limits } = await tollgate.usage.current({ organizationId: 'many' })
    expect(limits.find(({ limit }) => limit === 'embeddings/day')?.used).toBe(committed)
    expect(committed).toBe(50)
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  /** Ten jobs in order. Every third one is rolled back although it was allowed. */
  const runJobs = async (host: Client, worker: number): Promise<boolean[]> => {
    const kept: boolean[] = []
    for (let job = 0; job < 10; job++) {
      await host.query('begin')
      const decision = await tollgate.within(host).track({
        organizationId: 'many',
        eventType: 'embedding',
        quantities: { api_calls: 0 },
      })
      const keep = decision.allowed && (worker + job) % 3 !== 0
      await host.query(keep ? 'commit' : 'rollback')
      kept.push(keep)
    }
    return kept
  }
})
