import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

/** A second is promised. A slow machine may ask and answer later. */
const SOON = { timeout: 10_000, interval: 5 }

describeOnPostgres('a cached access right, changed by another process (on PostgreSQL)', (open) => {
  const engines: TollgateEngine[] = []
  const engine = (index: number) => engines[index] as TollgateEngine
  let made = 0
  const organization = async () => {
    made += 1
    const id = `org-${made}`
    await engine(0).organizations.create({ id, name: id, plan: 'pro' })
    return id
  }

  beforeAll(async () => {
    for (let index = 0; index < 2; index++) {
      engines.push(await createTollgate({ database: await open(), catalogs: ['rag-chatbot'] }))
    }
  })
  afterAll(() => Promise.all(engines.map((one) => one.close())))

  it('of a member expires within a second of the change', async () => {
    const id = await organization()
    const seen = () => plumbingOf(engine(1)).members.roleOf(id, 'ada')
    expect(await seen()).toBeUndefined()
    expect(await plumbingOf(engine(1)).members.organizationsOf('ada')).toEqual([])
    await engine(0).members.add({ organizationId: id, userId: 'ada', role: 'owner' })
    await expect.poll(seen, SOON).toBe('owner')
    await engine(0).members.add({ organizationId: id, userId: 'bob', role: 'owner' })
    await engine(0).members.update({ organizationId: id, userId: 'ada', role: 'viewer' })
    await expect.poll(seen, SOON).toBe('viewer')
    expect(await plumbingOf(engine(1)).members.organizationsOf('ada')).toEqual([
      { organizationId: id, role: 'viewer' },
    ])
    await engine(0).members.remove({ organizationId: id, userId: 'ada' })
    await expect.poll(seen, SOON).toBeUndefined()
    await expect.poll(() => plumbingOf(engine(1)).members.organizationsOf('ada'), SOON).toEqual([])
  })

  it('of an API key expires within a second of its revocation', async () => {
    const id = await organization()
    const key = await engine(0).apiKeys.create({ organizationId: id, name: 'test' })
    expect(await plumbingOf(engine(1)).authenticate(key.key)).toMatchObject({ apiKeyId: key.id })
    await engine(0).apiKeys.revoke({ organizationId: id, keyId: key.id })
    const opens = async () => (await plumbingOf(engine(1)).authenticate(key.key)) !== undefined
    await expect.poll(opens, SOON).toBe(false)
  })

  it('of a rotated API key expires at the end of the overlap, in every process', async () => {
    const id = await organization()
    const key = await engine(0).apiKeys.create({ organizationId: id, name: 'test' })
    expect(await plumbingOf(engine(1)).authenticate(key.key)).toBeDefined()
    const now = await engine(0).apiKeys.rotate({
      organizationId: id,
      keyId: key.id,
      overlapSeconds: 0,
    })
    const opens = async () => (await plumbingOf(engine(1)).authenticate(key.key)) !== undefined
    await expect.poll(opens, SOON).toBe(false)
    expect(await plumbingOf(engine(1)).authenticate(now.key)).toMatchObject({ apiKeyId: now.id })
  })

  it('of a closed organization and its keys expires within a second', async () => {
    const id = await organization()
    const { key } = await engine(0).apiKeys.create({ organizationId: id, name: 'test' })
    const event = { organizationId: id, eventType: 'chat_message', quantities: { tokens: 1 } }
    expect((await engine(1).check(event)).allowed).toBe(true)
    expect(await plumbingOf(engine(1)).authenticate(key)).toBeDefined()
    await engine(0).organizations.close({ organizationId: id })
    const opens = async () => (await plumbingOf(engine(1)).authenticate(key)) !== undefined
    await expect.poll(opens, SOON).toBe(false)
    const reason = async () => (await engine(1).check(event)).reason
    await expect.poll(reason, SOON).toBe('closed_organization')
  })
})
