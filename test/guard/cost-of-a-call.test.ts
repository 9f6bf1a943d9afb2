import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import type { Call } from '../../src/contract/usage.ts'
import { watched } from '../../src/frameworks/node-answer.ts'
import { createGuard } from '../../src/guard/guard.ts'
import type { Metered, Passed } from '../../src/guard/metered.ts'
import type { Gate, MeterOptions } from '../../src/guard/options.ts'

setFlagsFromString('--allow-natives-syntax')
/** False for a dictionary, which takes several times as long to make and to read. */
const isQuick: (object: object) => boolean = runInNewContext('(o) => %HasFastProperties(o)')

const ALLOWED = { allowed: true, limits: [] } as unknown as Decision

/** A route whose gate allows every call and stores it. */
const routeOf = (options: Partial<MeterOptions<Request>> = {}) => {
  const calls: Call[] = []
  const gate = {
    track: async (call: Call) => {
      calls.push(call)
      return ALLOWED
    },
  } as unknown as Gate
  const guard = createGuard<Request>(gate, {
    eventType: 'chat',
    identify: () => ({ organizationId: 'acme', userId: 'ada' }),
    ...options,
  })
  const signal = new AbortController().signal
  const request = new Request('http://host.test/chat')
  const arrival = { request, context: undefined, method: 'POST', endpoint: '/chat', signal }
  const served: { call: Metered; passed: Passed }[] = []
  const serve = () =>
    guard.serve(arrival, async (call, passed) => {
      served.push({ call, passed })
      return { status: 200 }
    })
  return { calls, serve, served, signal }
}

it('asks the gate in the turn of the request if no option is asynchronous', async () => {
  const { calls, serve } = routeOf({ quantities: { tokens: 120 }, model: () => 'm' })
  const serving = serve()
  const asked = { organizationId: 'acme', userId: 'ada', eventType: 'chat', method: 'POST' }
  expect(calls).toMatchObject([
    { ...asked, endpoint: '/chat', quantities: { tokens: 120 }, model: 'm' },
  ])
  expect(await serving).toMatchObject({ status: 200 })
})

it('waits for options of every kind of promise', async () => {
  // A query builder runs when it is awaited, and is no `Promise`.
  const query = <Value>(value: Value) =>
    // biome-ignore lint/suspicious/noThenProperty: this is what is tested
    ({ then: (found: (value: Value) => void) => found(value) }) as unknown as Promise<Value>
  const { calls, serve } = routeOf({
    identify: () => query({ organizationId: 'acme' }),
    eventType: async () => 'chat',
    quantities: () => query({ tokens: 3 }),
  })
  expect(await serve()).toMatchObject({ status: 200 })
  expect(calls).toMatchObject([
    { organizationId: 'acme', eventType: 'chat', quantities: { tokens: 3 } },
  ])
})

it('makes no dictionaries for a request', async () => {
  const { calls, serve, served, signal } = routeOf()
  for (let request = 0; request < 10; request++) await serve()
  const [call, passed] = [served.at(-1)?.call as Metered, served.at(-1)?.passed as Passed]
  const nothing = { once: () => undefined } as never
  const answers = Array.from({ length: 10 }, () => watched(nothing))
  for (const object of [call, passed, calls.at(-1) as Call, answers.at(-1) as object]) {
    expect(isQuick(object)).toBe(true)
  }
  expect(call.signal).toBe(signal)
  expect(await passed.settled).toBeUndefined()
})
