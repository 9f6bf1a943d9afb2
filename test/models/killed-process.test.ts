import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createHandler } from '../../src/server.ts'
import type { TestClock } from '../../src/testing/index.ts'
import { childProcesses } from '../setup/child-process.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'
import { type MeteredOrganization, openMeteredTollgate, wordsOf } from './metered.ts'
import { chatStream } from './openai-wire.ts'

const ADMIN_KEY = 'the-admin-key-of-the-streams'
const start = childProcesses()

let provider: FakeProvider
let tollgate: TollgateEngine
let clock: TestClock
let organizationOf: (max: number) => Promise<MeteredOrganization>
let server: ReturnType<typeof serve>
beforeAll(async () => {
  provider = await startFakeProvider()
  ;({ tollgate, clock, organizationOf } = await openMeteredTollgate())
  const fetch = createHandler(tollgate, { adminKey: ADMIN_KEY, now: clock.now })
  await new Promise<void>((resolve) => {
    server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => resolve())
  })
})
afterAll(async () => {
  await provider?.close()
  await new Promise((resolve) => server?.close(resolve))
  await tollgate?.close()
})

describe('a process killed while a model writes', () => {
  it('leaves a hold that expires by itself, and the provider is disconnected', async () => {
    const { organizationId, tokens, events } = await organizationOf(1_000)
    provider.answer((body) => ({ ...chatStream(wordsOf(500))(body), pauseAfter: 60 }))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const script = new URL('streaming-process.mjs', import.meta.url)
    const url = `http://127.0.0.1:${port}`
    const child = start(script, url, ADMIN_KEY, provider.url, organizationId)
    expect(await child.next()).toBe('streaming')
    const { held } = await tokens()
    expect(held).toBeGreaterThan(30)
    child.process.kill('SIGKILL')
    await child.ended
    await provider.calls[0]?.over
    expect(provider.calls[0]?.isCutOff).toBe(true)
    // Nobody prolongs the hold any more, so it expires.
    await clock.advance(60_001)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
    expect(await events()).toEqual([])
  })
})
