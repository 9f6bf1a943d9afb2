import { afterEach, expect, it, vi } from 'vitest'
import { isStreamed, passedThrough } from '../../src/facade/streamed-result.ts'

afterEach(() => vi.unstubAllGlobals())

it("the runtime's own Response is recognized after a server has replaced the class", async () => {
  const ofRuntime = new Response('whole')
  // As @hono/node-server does: native responses are not instances of its class.
  vi.stubGlobal('Response', class extends Response {})
  expect(ofRuntime instanceof Response).toBe(false)
  expect(isStreamed(ofRuntime)).toBe(true)

  const ended = vi.fn(async () => undefined)
  const nothing = async () => undefined
  const watch = { ended, broken: nothing, left: nothing, reading: () => {}, read: () => {} }
  const passed = passedThrough(ofRuntime, { ...watch, stop: [] })
  expect(ended).not.toHaveBeenCalled()
  expect(await passed.text()).toBe('whole')
  expect(ended).toHaveBeenCalledOnce()
})
