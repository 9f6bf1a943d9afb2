import { describe, expect, it } from 'vitest'
import { consoleUrl } from '../../src/cli/start-hints.ts'

describe('the address of the console', () => {
  it.each([
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/console#code=abc'],
    ['http://[::1]:4000', 'http://[::1]:4000/console#code=abc'],
    ['http://0.0.0.0:4000', 'http://127.0.0.1:4000/console#code=abc'],
    ['http://[::]:4000', 'http://127.0.0.1:4000/console#code=abc'],
    // Where no client of this machine can reach it by a name of its own, a code is good for nobody.
    ['http://10.0.0.7:4000', 'http://10.0.0.7:4000/console'],
  ])('of %s is %s', (url, wanted) => {
    expect(consoleUrl(url, () => 'abc')).toBe(wanted)
  })
})
