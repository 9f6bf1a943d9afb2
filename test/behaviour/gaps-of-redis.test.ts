import { describe, expect, inject, it } from 'vitest'
import { describeEngine } from './describe-engine.ts'

const url = inject('redisUrl') ?? ''

describe.skipIf(url === '')('a counter of Redis', () => {
  describeEngine('is right', { catalogs: ['rag-chatbot'], redis: { url } }, (subject) => {
    const message = (organizationId: string, tokens: number) => ({
      organizationId,
      eventType: 'chat_message',
      quantities: { tokens },
    })
    const use = async (id: string, tokens: number) => {
      const decision = await subject().tollgate.track(message(id, tokens))
      expect(decision.allowed).toBe(true)
    }
    const fits = async (id: string, tokens: number) =>
      (await subject().tollgate.check(message(id, tokens))).allowed

    it('is started from the ledger when an organization is back on a plan that it had left', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('trial')
      await use(id, 3_000)
      await tollgate.organizations.update({ organizationId: id, plan: 'enterprise' })
      await use(id, 5_000)
      await tollgate.organizations.update({ organizationId: id, plan: 'trial' })
      expect([await fits(id, 2_001), await fits(id, 2_000)]).toEqual([false, true])
      await use(id, 2_000)
      expect(await fits(id, 1)).toBe(false)
    })

    it('is started from the ledger when an override was removed, and there is one again', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('enterprise')
      const limit = { meter: 'tokens', window: 'day', max: 10_000, behavior: 'hard' } as const
      const made = await tollgate.limits.override({
        organizationId: id,
        ...limit,
        reason: 'first',
      })
      await use(id, 3_000)
      await tollgate.limits.remove({ organizationId: id, overrideId: made.id })
      await use(id, 5_000)
      await tollgate.limits.override({ organizationId: id, ...limit, reason: 'again' })
      expect([await fits(id, 2_001), await fits(id, 2_000)]).toEqual([false, true])
      await use(id, 2_000)
      expect(await fits(id, 1)).toBe(false)
    })

    it('is one for an API key, in whatever letters its id is written', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('enterprise')
      const limit = { meter: 'tokens', window: 'minute', max: 60, behavior: 'hard' } as const
      const perKey = { per: 'api_key', burst: 60, anonymous: 'allow' } as const
      await tollgate.limits.override({ organizationId, ...limit, ...perKey, reason: 'agreed' })
      const { id } = await tollgate.apiKeys.create({ organizationId, name: 'of a test' })
      const track = async (apiKeyId: string) =>
        (await tollgate.track(message(organizationId, 40), { apiKeyId })).allowed
      expect([await track(id), await track(id.toUpperCase())]).toEqual([true, false])
    })
  })
})
