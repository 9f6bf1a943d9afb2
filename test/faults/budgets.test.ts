import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Replayable } from '../../src/contract/call.ts'
import type { ReservationDecision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { type GateProcess, startGateProcess } from './gate-process.ts'

const PROCESSES = 4
const STEPS = 20
const CEILING = 10_000
/** The hold and the actual use of one step. */
const HELD = 300
const USED = 260

describeOnPostgres("a run's budget in four processes", (open, url) => {
  let here: TollgateEngine
  let there: GateProcess[]

  beforeAll(async () => {
    here = await createTollgate({ database: await open() })
    // With leases, a call without a budget would be decided without the store.
    const settings = { options: { database: { url: url() }, decide: 'leased' as const } }
    there = await Promise.all(Array.from({ length: PROCESSES }, () => startGateProcess(settings)))
  })
  afterAll(async () => {
    await Promise.all(there.map((other) => other.close()))
    await here.close()
  })

  it('stops all of them within one step of its end, each with the reason', async () => {
    const organizationId = 'agents'
    await here.organizations.create({
      id: organizationId,
      name: 'A',
      plan: 'rag-chatbot/enterprise',
    })
    const run = await here.budgets.open({
      organizationId,
      id: 'run_42',
      ceiling: { tokens: CEILING },
      finalShare: 0,
    })
    /** An agent: it reserves before and settles after each step, until it is refused. */
    const agent = async (process: GateProcess) => {
      for (let step = 1; step <= STEPS; step++) {
        const decision = await process.call<Replayable<ReservationDecision>>('reserve', {
          organizationId,
          eventType: 'chat_message',
          budget: run.id,
          quantities: { tokens: HELD },
        })
        if (!decision.allowed) return decision
        const quantities = { tokens: USED }
        const { reservationId } = decision
        await process.call('settle', { organizationId, reservationId, quantities })
      }
      throw new Error('it was never refused')
    }
    const told = await Promise.all(there.map(agent))
    for (const decision of told) {
      expect(decision).toMatchObject({
        allowed: false,
        reason: 'budget_exceeded',
        budget: { id: 'run_42', which: 'run_42' },
      })
      expect(decision).not.toHaveProperty('retryAfter')
    }
    const report = await here.budgets.close({ organizationId, budgetId: run.id })
    const { used = 0, held } = report.meters.tokens ?? {}
    expect(held).toBe(0)
    expect(used).toBeLessThanOrEqual(CEILING)
    // At the last refusal no other step was open, and one more did not fit.
    expect(used).toBeGreaterThan(CEILING - HELD)
    expect(report).toMatchObject({ steps: used / USED, refusals: PROCESSES, endedBy: 'closed' })
    const { month } = await here.usage.current({ organizationId })
    expect(month.meters.tokens).toBe(used)
  })
})
