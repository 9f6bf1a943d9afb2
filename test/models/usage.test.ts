import { extractUsage, findProvider } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'
import { aiSdkUsage } from '../../src/models/usage/ai-sdk.ts'
import { anthropicAnswer, anthropicUsage } from '../../src/models/usage/anthropic.ts'
import { geminiUsage } from '../../src/models/usage/gemini.ts'
import { langChainUsage } from '../../src/models/usage/langchain.ts'
import {
  openAIAudioAnswer,
  openAIChatAnswer,
  openAIChatUsage,
  openAIImagesAnswer,
  openAIResponsesAnswer,
} from '../../src/models/usage/openai.ts'

const CHAT = {
  prompt_tokens: 1_000,
  completion_tokens: 400,
  prompt_tokens_details: { cached_tokens: 300, audio_tokens: 50, cache_write_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 100, audio_tokens: 30 },
}
const RESPONSES = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 300 },
  output_tokens: 400,
  output_tokens_details: { reasoning_tokens: 100 },
}
const ANTHROPIC = {
  input_tokens: 500,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 300,
  cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
  output_tokens: 400,
  output_tokens_details: { thinking_tokens: 100 },
  server_tool_use: { web_search_requests: 2 },
  service_tier: 'priority',
}
const GEMINI = {
  promptTokenCount: 900,
  toolUsePromptTokenCount: 100,
  cachedContentTokenCount: 300,
  candidatesTokenCount: 300,
  thoughtsTokenCount: 100,
  promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 258 }],
}

describe('usage reported by a provider', () => {
  it('of chat completions includes its parts', () => {
    const answer = { usage: CHAT, model: 'gpt-4o-2024-08-06', service_tier: 'flex' }
    expect(openAIChatAnswer(answer)).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 300,
      cacheWriteTokens: 20,
      inputAudioTokens: 50,
      outputTokens: 400,
      reasoningTokens: 100,
      outputAudioTokens: 30,
      model: 'gpt-4o-2024-08-06',
      tier: 'flex',
    })
  })

  it('of responses includes its parts, and counts searches', () => {
    const search = { type: 'web_search_call', action: { type: 'search' } }
    const output = [search, search, { ...search, action: { type: 'open_page' } }]
    const usage = openAIResponsesAnswer({
      usage: RESPONSES,
      model: 'gpt-5',
      service_tier: 'default',
      output: [...output, { type: 'file_search_call' }],
    })
    expect(usage).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 300,
      outputTokens: 400,
      reasoningTokens: 100,
      webSearches: 2,
      fileSearches: 1,
      model: 'gpt-5',
      tier: 'default',
    })
  })

  it('of Anthropic includes cache tokens in the input, with one-hour writes separate', () => {
    expect(anthropicAnswer({ usage: ANTHROPIC, model: 'claude-opus-4-6' })).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 300,
      cacheWriteTokens: 200,
      cacheWrite1hTokens: 50,
      outputTokens: 400,
      reasoningTokens: 100,
      webSearches: 2,
      tier: 'priority',
      model: 'claude-opus-4-6',
    })
  })

  it('of Anthropic includes the tokens of compaction, which its totals exclude', () => {
    const iterations = [
      { type: 'compaction', input_tokens: 5_000, output_tokens: 600, cache_read_input_tokens: 0 },
      { type: 'message', input_tokens: 500, output_tokens: 400 },
    ]
    const usage = anthropicUsage({ ...ANTHROPIC, iterations })
    expect(usage).toMatchObject({ inputTokens: 6_000, outputTokens: 1_000 })
  })

  it('of Gemini includes thoughts in the output and tool prompts in the input', () => {
    expect(geminiUsage(GEMINI)).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 300,
      inputImageTokens: 258,
      outputTokens: 400,
      reasoningTokens: 100,
    })
  })

  it('of images and audio is separate by kind', () => {
    const pictures = { input_tokens: 50, output_tokens: 40 }
    expect(openAIImagesAnswer({ usage: pictures })).toMatchObject({ outputImageTokens: 40 })
    const tokens = { type: 'tokens', input_tokens: 9, output_tokens: 4 }
    const heard = { ...tokens, input_token_details: { audio_tokens: 9 } }
    expect(openAIAudioAnswer({ usage: heard })).toMatchObject({ inputAudioTokens: 9 })
    expect(openAIAudioAnswer({ usage: { type: 'duration', seconds: 5.43219 } })).toEqual({
      audioSeconds: 5.432,
    })
  })

  it('keeps its totals if its parts exceed them', () => {
    const wrong = { ...CHAT, prompt_tokens_details: { cached_tokens: 2_000 } }
    expect(openAIChatUsage(wrong)).toEqual({ inputTokens: 1_000, outputTokens: 400 })
  })

  it.each([[undefined], [null], ['text'], [{}], [{ prompt_tokens: -1 }], [{ input_tokens: 0.5 }]])(
    'is unknown if it reports nothing: %j',
    (usage) => {
      expect(openAIChatAnswer({ usage })).toBeUndefined()
      expect(openAIResponsesAnswer({ usage })).toBeUndefined()
      expect(anthropicAnswer({ usage })).toBeUndefined()
      expect(geminiUsage(usage)).toBeUndefined()
      expect(aiSdkUsage(usage)).toBeUndefined()
      expect(langChainUsage({ usage_metadata: usage })).toBeUndefined()
    },
  )
})

describe('usage reported by a framework', () => {
  const nested = {
    inputTokens: { total: 1_000, noCache: 500, cacheRead: 300, cacheWrite: 200 },
    outputTokens: { total: 400, text: 300, reasoning: 100 },
  }

  it('is the provider’s own, if the AI SDK passes it on', () => {
    const withRaw = (raw: object) => aiSdkUsage({ ...nested, raw })
    expect(withRaw(ANTHROPIC)).toMatchObject({ cacheWrite1hTokens: 50, webSearches: 2 })
    expect(withRaw(CHAT)).toMatchObject({ inputAudioTokens: 50 })
    expect(withRaw(RESPONSES)).toMatchObject({ reasoningTokens: 100 })
    expect(withRaw(GEMINI)).toMatchObject({ inputImageTokens: 258 })
  })

  it("is the AI SDK's own form otherwise", () => {
    const expected = {
      inputTokens: 1_000,
      cachedInputTokens: 300,
      cacheWriteTokens: 200,
      outputTokens: 400,
      reasoningTokens: 100,
    }
    expect(aiSdkUsage({ ...nested, raw: { other: 1 } })).toEqual(expected)
    const result = {
      inputTokens: 1_000,
      outputTokens: 400,
      inputTokenDetails: { cacheReadTokens: 300, cacheWriteTokens: 200 },
      outputTokenDetails: { reasoningTokens: 100 },
    }
    expect(aiSdkUsage(result, { openai: { serviceTier: 'flex' } })).toEqual({
      ...expected,
      tier: 'flex',
    })
  })

  it('is read from a LangChain message', () => {
    const usage_metadata = {
      input_tokens: 1_000,
      output_tokens: 400,
      total_tokens: 1_400,
      input_token_details: { cache_read: 300, cache_creation: 200, audio: 10 },
      output_token_details: { reasoning: 100 },
    }
    expect(langChainUsage({ usage_metadata, response_metadata: { model_name: 'm' } })).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 300,
      cacheWriteTokens: 200,
      inputAudioTokens: 10,
      outputTokens: 400,
      reasoningTokens: 100,
      model: 'm',
    })
    const response_metadata = { usage: ANTHROPIC, model: 'claude-opus-4-6' }
    expect(langChainUsage({ usage_metadata, response_metadata })).toMatchObject({
      cacheWrite1hTokens: 50,
    })
  })
})

describe("usage compared with the price library's, for the same answer", () => {
  const library = (provider: string, body: object, flavor?: string) => {
    const found = findProvider({ providerId: provider })
    if (!found) throw new Error(`${provider} is not known`)
    return extractUsage(found, body, flavor).usage
  }

  it('is the same', () => {
    const anthropic = library('anthropic', { model: 'claude-opus-4-6', usage: ANTHROPIC })
    const ours = anthropicUsage(ANTHROPIC)
    expect(ours).toMatchObject({
      inputTokens: anthropic.input_tokens,
      cachedInputTokens: anthropic.cache_read_tokens,
      cacheWriteTokens: anthropic.cache_write_tokens,
      outputTokens: anthropic.output_tokens,
    })
    const chat = library('openai', { model: 'gpt-4o', usage: CHAT }, 'chat')
    expect(openAIChatUsage(CHAT)).toMatchObject({
      inputTokens: chat.input_tokens,
      cachedInputTokens: chat.cache_read_tokens,
      inputAudioTokens: chat.input_audio_tokens,
      outputTokens: chat.output_tokens,
      outputAudioTokens: chat.output_audio_tokens,
    })
    const gemini = library('google', { modelVersion: 'gemini-2.5-flash', usageMetadata: GEMINI })
    expect(geminiUsage(GEMINI)).toMatchObject({
      inputTokens: gemini.input_tokens,
      cachedInputTokens: gemini.cache_read_tokens,
      outputTokens: gemini.output_tokens,
    })
  })
})
