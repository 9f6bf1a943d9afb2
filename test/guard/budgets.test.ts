import { expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { currentBudget } from '../../src/facade/current-budget.ts'
import type { Denial } from '../../src/guard/denial.ts'
import { createGuard } from '../../src/guard/guard.ts'
import type { MeterMode } from '../../src/guard/options.ts'
import { openMeteredTollgate } from '../models/metered.ts'

const { tollgate, organizationOf } = await openMeteredTollgate()

/** The parts of a route's request that the options read. */
interface Asked {
  readonly budget?: string
}

/** A guarded route with calls of 40 tokens, and a budget of 100. */
const start = async (mode: MeterMode) => {
  const { organizationId } = await organizationOf(100_000)
  const run = await tollgate.budgets.open({
    organizationId,
    ceiling: { tokens: 100 },
    finalShare: 0,
  })
  const guard = createGuard<Asked>(tollgate as TollgateEngine, {
    eventType: 'chat',
    identify: { organizationId },
    mode,
    quantities: { tokens: 40 },
    budget: ({ budget }) => budget,
  })
  const seen: unknown[] = []
  const ask = (request: Asked) =>
    guard.serve(
      { request, context: undefined, method: 'POST', endpoint: '/agent', signal: undefined },
      async (call) => {
        seen.push([call.budget, currentBudget()?.id])
        return { status: 200 }
      },
    )
  const steps = async () => {
    await tollgate.flush()
    return (await tollgate.budgets.get({ organizationId, budgetId: run.id })).steps
  }
  return { run, ask, seen, steps }
}

it.each(['track', 'reserve'] as const)(
  'a wrapped route in %s mode is refused by the budget that its request names',
  async (mode) => {
    const { run, ask, seen, steps } = await start(mode)
    const asked = { budget: run.id }
    expect(await ask(asked)).toMatchObject({ status: 200 })
    expect(await ask(asked)).toMatchObject({ status: 200 })
    const denial = (await ask(asked)) as Denial
    expect(denial).toMatchObject({
      status: 402,
      headers: { 'x-should-retry': 'false' },
      problem: { reason: 'budget_exceeded', budget: { id: run.id, remaining: { tokens: 20 } } },
    })
    expect(denial.headers).not.toHaveProperty('retry-after')
    // Calls made by the route also count in it.
    expect(seen).toEqual([
      [run.id, run.id],
      [run.id, run.id],
    ])
    expect(await steps()).toBe(2)
  },
)

it.each(['track', 'reserve', 'record'] as const)(
  'a wrapped route in %s mode counts in the run that calls it',
  async (mode) => {
    const { run, ask, seen, steps } = await start(mode)
    await run.do(() => ask({}))
    await ask({})
    expect(seen).toEqual([
      [run.id, run.id],
      [undefined, undefined],
    ])
    await expect.poll(steps, { interval: 5 }).toBe(1)
  },
)

it('a run is shared by every copy of its module in a process', async () => {
  const { run } = await start('track')
  const copy = '../../src/facade/current-budget.ts?another'
  const another = (await import(copy)) as typeof import('../../src/facade/current-budget.ts')
  expect(another.currentBudget).not.toBe(currentBudget)
  expect(run.do(() => another.currentBudget())).toMatchObject({ id: run.id })
})
