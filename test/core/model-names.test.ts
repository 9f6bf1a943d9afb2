import { describe, expect, it } from 'vitest'
import { modelNames, providerName } from '../../src/core/model-names.ts'

describe("a provider's name", () => {
  it.each([
    ['OpenAI', 'openai'],
    ['openai.chat', 'openai'],
    ['azure-openai', 'azure'],
    ['az.ai.openai', 'azure'],
    ['azure_ai', 'azure'],
    ['amazon-bedrock', 'aws'],
    ['aws.bedrock', 'aws'],
    ['google_vertexai', 'google'],
    ['google.generative-ai', 'google'],
    ['gcp.gemini', 'google'],
    ['vertex.anthropic.messages', 'google'],
    ['xai.chat', 'x-ai'],
    ['x_ai', 'x-ai'],
    ['mistralai', 'mistral'],
    ['together_ai', 'together'],
    ['huggingface_groq', 'huggingface_groq'],
    [' Acme GPU ', 'acme gpu'],
  ])('%s becomes %s', (written, name) => {
    expect(providerName(written)).toBe(name)
  })
})

describe("a model's names", () => {
  const found = (provider: string | undefined, model: string) =>
    modelNames(provider, model).map((name) => `${name.provider ?? ''}|${name.model}`)

  it('are the written one first, then the one without its date', () => {
    expect(found('openai', 'gpt-4o-2024-08-06')).toEqual([
      'openai|gpt-4o-2024-08-06',
      'openai|gpt-4o',
    ])
    expect(found('anthropic', 'claude-3-7-sonnet-20250219')[1]).toBe('anthropic|claude-3-7-sonnet')
    expect(found('anthropic', 'claude-3-7-sonnet-latest')[1]).toBe('anthropic|claude-3-7-sonnet')
  })

  it('give the provider by their prefix if none was named', () => {
    expect(found(undefined, 'openai/gpt-4o')).toContain('openai|gpt-4o')
    expect(found(undefined, 'models/gemini-2.0-flash')).toContain('|gemini-2.0-flash')
    expect(found(undefined, 'bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0')).toEqual(
      expect.arrayContaining([
        'aws|anthropic.claude-3-7-sonnet-20250219-v1:0',
        'anthropic|claude-3-7-sonnet',
      ]),
    )
    expect(
      found(undefined, 'projects/p/locations/l/publishers/google/models/gemini-2.0-flash'),
    ).toContain('google|gemini-2.0-flash')
  })

  it("include the maker's names if a provider resells its models, and only then", () => {
    expect(found('azure-openai', 'gpt-4o')).toEqual(
      expect.arrayContaining(['azure|gpt-4o', 'openai|gpt-4o']),
    )
    expect(
      found('openrouter', 'openai/gpt-4o').every((name) => name.startsWith('openrouter|')),
    ).toBe(true)
    expect(found('acme gpu', 'gpt-4o')).toEqual(['acme gpu|gpt-4o'])
  })

  it('keep a fine-tuned model separate', () => {
    expect(found('openai', 'ft:gpt-4o-mini-2024-07-18:acme::x')).toEqual([
      'openai|ft:gpt-4o-mini-2024-07-18:acme::x',
    ])
  })
})
