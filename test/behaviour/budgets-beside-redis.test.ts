import { describe, expect, inject, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeEngine } from './describe-engine.ts'

const url = inject('redisUrl') ?? ''

describe.skipIf(url === '')('a budget with limits that Redis decides', () => {
  describeEngine(
    'is decided with them, all or nothing',
    { catalogs: ['rag-chatbot'], redis: { url } },
    (subject) => {
      it('and a refusal by one uses nothing of the other', async () => {
        const { tollgate, organization } = subject()
        const organizationId = await organization('trial')
        const run = await tollgate.budgets.open({
          organizationId,
          id: 'run_1',
          ceiling: { tokens: 20_000 },
          finalShare: 0,
        })
        const call = (tokens?: number) => ({
          organizationId,
          eventType: 'chat_message',
          budget: run.id,
          ...(tokens !== undefined && { quantities: { tokens } }),
        })
        const stands = async () => {
          const { meters } = await tollgate.budgets.get({ organizationId, budgetId: run.id })
          const { limits } = await tollgate.usage.current({ organizationId })
          const day = limits.find(({ limit }) => limit === 'tokens/day')
          return [meters.tokens?.used, meters.tokens?.held, day?.used, day?.held]
        }
        expect(await tollgate.track(call(20_001))).toMatchObject({ reason: 'limit_exceeded' })
        expect(await tollgate.track(call(10_001))).toMatchObject({ reason: 'limit_exceeded' })
        expect(await stands()).toEqual([0, 0, 0, 0])
        // This holds nothing, because the call gives no amount.
        await held(await tollgate.reserve(call())).release()
        await held(await tollgate.reserve(call(4_000))).settle({ quantities: { tokens: 3_000 } })
        expect(await stands()).toEqual([3_000, 0, 3_000, 0])
        const small = await tollgate.budgets.open({
          organizationId,
          within: run.id,
          ceiling: { tokens: 10 },
          finalShare: 0,
        })
        expect(await tollgate.track({ ...call(11), budget: small.id })).toMatchObject({
          reason: 'budget_exceeded',
        })
        expect(await stands()).toEqual([3_000, 0, 3_000, 0])
        expect(await tollgate.track(call(7_000))).toMatchObject({ allowed: true })
      })
    },
  )
})
