import OpenAI from 'openai'
import OpenAI6 from 'openai-6'
import { describe, expect, it } from 'vitest'
import { meterOpenAI } from '../../src/openai.ts'
import { openMeteredModels, wordsOf } from './metered.ts'
import { responsesAnswer, responsesStream, responsesToolStream } from './openai-wire.ts'

const { provider, tollgate, organizationOf } = await openMeteredModels()

const asked = { model: 'gpt-4o', input: 'Say something.' }

describe.each([
  ['7', OpenAI],
  ['6', OpenAI6 as unknown as typeof OpenAI],
])('openai %s, responses and the rest', (_, Client) => {
  const start = async (max = 100_000, more: { outputTokens?: number } = {}) => {
    const organization = await organizationOf(max)
    const client = new Client({ apiKey: 'sk-test', baseURL: `${provider.url}/v1`, maxRetries: 0 })
    const openai = meterOpenAI(client, tollgate, { ...organization.options, ...more })
    return { openai, ...organization }
  }

  it("settles the answer's usage, including web searches", async () => {
    const { openai, tokens, events } = await start()
    const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' }
    provider.answer(
      responsesAnswer('Hello!', {
        output: [
          { ...search, action: { type: 'search', query: 'x' } },
          { ...search, id: 'ws_2', action: { type: 'open_page', url: 'https://x.test' } },
        ],
      }),
    )
    await openai.responses.create(asked)
    expect(await tokens()).toEqual({ used: 60, held: 0 })
    expect((await events())[0]).toMatchObject({
      inputTokens: 20,
      cachedInputTokens: 8,
      outputTokens: 40,
      reasoningTokens: 5,
      webSearches: 1,
    })
  })

  it('settles the last event of a stream', async () => {
    const { openai, tokens } = await start()
    provider.answer(responsesStream(wordsOf(10)))
    const final = await openai.responses.stream(asked).finalResponse()
    expect(final).toMatchObject({ status: 'completed', output_text: wordsOf(10).join('') })
    expect(await tokens()).toEqual({ used: 60, held: 0 })
  })

  it('ends as `incomplete` at the end of the allowance, and keeps its text', async () => {
    const { openai, tokens, events } = await start(100, { outputTokens: 30 })
    provider.answer(() => ({ ...responsesStream(wordsOf(300))(), everyMs: 8 }))
    const seen: string[] = []
    const stream = openai.responses.stream(asked)
    stream.on('event', ({ type }) => {
      if (!type.endsWith('.delta')) seen.push(type.slice('response.'.length))
    })
    const final = await stream.finalResponse()
    expect(final).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    })
    expect(final.output_text).toContain(' word1')
    expect(seen.slice(-4)).toEqual([
      ...['output_text.done', 'content_part.done', 'output_item.done', 'incomplete'],
    ])
    const [call] = provider.calls
    await call?.over
    const given = final.output_text.split(' word').length - 1
    expect(call?.isCutOff).toBe(true)
    expect(call?.sent).toBeLessThan(given + 30)
    const { used, held } = await tokens()
    expect(held).toBe(0)
    expect(used).toBeGreaterThan(90)
    expect(used).toBeLessThanOrEqual(100)
    expect(final.usage?.total_tokens).toBe(used)
    expect(await events()).toHaveLength(1)
  })

  it('omits a partial function call at the cap, and keeps a complete one', async () => {
    const pieces = ['{"city":', '"Paris","note":"', ...wordsOf(100), '"}']
    const cut = await start(80, { outputTokens: 20 })
    provider.answer(responsesToolStream('weather', pieces))
    const half = await cut.openai.responses.stream(asked).finalResponse()
    expect(half).toMatchObject({ status: 'incomplete', output: [] })
    const { openai } = await start()
    provider.answer(responsesToolStream('weather', pieces))
    const whole = await openai.responses.stream(asked).finalResponse()
    expect(whole.output).toMatchObject([{ name: 'weather', arguments: pieces.join('') }])
  })

  it('meters embeddings, images and transcriptions by their own usage', async () => {
    const { openai, tokens, events } = await start()
    provider.answer(
      () => ({
        json: {
          object: 'list',
          model: 'text-embedding-3-small',
          data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
          usage: { prompt_tokens: 9, total_tokens: 9 },
        },
      }),
      () => ({
        json: {
          created: 1,
          data: [{ b64_json: 'aGVsbG8=' }],
          usage: {
            input_tokens: 50,
            output_tokens: 40,
            total_tokens: 90,
            input_tokens_details: { text_tokens: 10, image_tokens: 40 },
          },
        },
      }),
      () => ({ json: { text: 'hello', usage: { type: 'duration', seconds: 3.5 } } }),
    )
    const model = 'text-embedding-3-small'
    await openai.embeddings.create({ model, input: 'hello', encoding_format: 'float' })
    await openai.images.generate({ model: 'gpt-image-1', prompt: 'a cat' })
    const file = new File(['sound'], 'sound.wav')
    await openai.audio.transcriptions.create({ model: 'whisper-1', file })
    expect(await tokens()).toEqual({ used: 99, held: 0 })
    const kept = [...(await events())].sort((a, b) => (String(a.model) < String(b.model) ? -1 : 1))
    expect(kept).toMatchObject([
      { model: 'gpt-image-1', inputTokens: 50, inputImageTokens: 40, outputImageTokens: 40 },
      { model: 'text-embedding-3-small', inputTokens: 9, outputTokens: 0 },
      { model: 'whisper-1', audioSeconds: 3.5 },
    ])
  })

  it('ignores calls that use no model', async () => {
    const { openai, events } = await start(0)
    provider.answer(() => ({ json: { object: 'list', data: [] } }))
    await openai.models.list()
    expect(provider.calls[0]?.path).toBe('/v1/models')
    expect(await events()).toEqual([])
  })
})
