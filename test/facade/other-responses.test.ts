import { afterEach, expect, it, vi } from 'vitest'
import { isStreamed, passedThrough } from '../../src/facade/streamed-result.ts'

afterEach(() => vi.unstubAllGlobals())

it('knows a response of the runtime where a server has put one of its own in its place', async () => {
  const ofRuntime = new Response('whole')
  // As @hono/node-server does: responses of the runtime are none of this class.
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
