import { getRequestListener } from '@hono/node-server'
import OpenAI from 'openai'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { meterOpenAI, TollgateRefusal } from '../../src/openai.ts'
import { openMeteredTollgate } from './metered.ts'

const { tollgate, organizationOf } = await openMeteredTollgate()
afterAll(() => tollgate.close())

it('throws the refusal itself after a server has replaced the Response class', async () => {
  const { Response: ofRuntime, Request: requestOfRuntime } = globalThis
  onTestFinished(
    () => void Object.assign(globalThis, { Response: ofRuntime, Request: requestOfRuntime }),
  )
  getRequestListener(() => new Response())
  const { options } = await organizationOf(5)
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: 'http://127.0.0.1:9/v1', maxRetries: 2 })
  const asked = {
    model: 'gpt-4o',
    messages: [{ role: 'user' as const, content: 'Say something.' }],
  }
  const refused = meterOpenAI(client, tollgate, options).chat.completions.create(asked)
  await expect(refused).rejects.toBeInstanceOf(TollgateRefusal)
})
