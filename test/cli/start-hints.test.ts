import { describe, expect, it } from 'vitest'
import { consoleUrl } from '../../src/cli/start-hints.ts'

describe('the address of the console', () => {
  it.each([
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/console#code=abc'],
    ['http://[::1]:4000', 'http://[::1]:4000/console#code=abc'],
    ['http://0.0.0.0:4000', 'http://127.0.0.1:4000/console#code=abc'],
    ['http://[::]:4000', 'http://127.0.0.1:4000/console#code=abc'],
    // A sign-in code is useless if no client on this machine can reach the console under its own
    // name.
    ['http://10.0.0.7:4000', 'http://10.0.0.7:4000/console'],
  ])('for %s is %s', (url, wanted) => {
    expect(consoleUrl(url, () => 'abc')).toBe(wanted)
  })
})
