// Streams an answer through the client, reports after some words, and waits to be killed.
import OpenAI from 'openai'
import { createClient } from '../../dist/client/index.js'
import { meterOpenAI } from '../../dist/openai.js'

const [, , url, key, provider, organizationId] = process.argv
const tollgate = createClient({ url, key })
const openai = meterOpenAI(new OpenAI({ apiKey: 'sk-test', baseURL: `${provider}/v1` }), tollgate, {
  organizationId,
  eventType: 'chat',
  outputTokens: 20,
  expiresInMs: 60_000,
})
const messages = [{ role: 'user', content: 'Say something.' }]
let read = 0
const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true })
for await (const _ of stream) {
  read += 1
  if (read === 30) console.log('streaming')
}
