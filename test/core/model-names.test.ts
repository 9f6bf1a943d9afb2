import { describe, expect, it } from 'vitest'
import { modelNames, providerName } from '../../src/core/model-names.ts'

describe('the name of a provider', () => {
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
  ])('of %s is %s', (written, name) => {
    expect(providerName(written)).toBe(name)
  })
})

describe('the names of a model', () => {
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

  it('know a provider by what stands in front, where none is told', () => {
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

  it('are those of the maker where a provider sells its models, and of nobody else', () => {
    expect(found('azure-openai', 'gpt-4o')).toEqual(
      expect.arrayContaining(['azure|gpt-4o', 'openai|gpt-4o']),
    )
    expect(
      found('openrouter', 'openai/gpt-4o').every((name) => name.startsWith('openrouter|')),
    ).toBe(true)
    expect(found('acme gpu', 'gpt-4o')).toEqual(['acme gpu|gpt-4o'])
  })

  it('leave a fine-tuned model its own', () => {
    expect(found('openai', 'ft:gpt-4o-mini-2024-07-18:acme::x')).toEqual([
      'openai|ft:gpt-4o-mini-2024-07-18:acme::x',
    ])
  })
})
