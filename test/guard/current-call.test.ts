import { describe, expect, it } from 'vitest'
import { type CurrentCall, currentCall, runInCall } from '../../src/guard/current-call.ts'

const call: CurrentCall = { organizationId: 'acme', userId: 'ada' }

describe('the current call', () => {
  it('is undefined outside a call', () => {
    expect(currentCall()).toBeUndefined()
  })

  it('reaches everything that a call starts, even later, and nothing else', async () => {
    const seen = runInCall(call, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return currentCall()
    })
    expect(currentCall()).toBeUndefined()
    expect(await seen).toBe(call)
  })

  it('is shared by every copy of its module in a process', async () => {
    // This is a variable, so that the type checker does not resolve the copy.
    const copy = '../../src/guard/current-call.ts?another'
    const another = (await import(copy)) as typeof import('../../src/guard/current-call.ts')
    expect(another.currentCall).not.toBe(currentCall)
    expect(runInCall(call, () => another.currentCall())).toBe(call)
  })
})
