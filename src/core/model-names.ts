/** A model as it is looked up in a price list. */
export interface ModelName {
  /** Undefined: any provider. */
  readonly provider: string | undefined
  readonly model: string
}

/**
 * The providers, with words that occur in their names in SDKs, gateways or conventions:
 * `openai.chat`, `azure-openai`, `amazon-bedrock`, `google_vertexai`, `gcp.gemini`, `mistralai`.
 * The order matters: a name with two of these words belongs to the first provider, which sends the
 * bill.
 */
const PROVIDER_WORDS: readonly (readonly [provider: string, words: readonly string[]])[] = [
  ['azure', ['azure', 'az']],
  ['aws', ['aws', 'bedrock', 'amazon']],
  ['openrouter', ['openrouter']],
  ['github-copilot', ['copilot']],
  ['google', ['google', 'gcp', 'vertex', 'vertexai', 'gemini']],
  ['fireworks', ['fireworks']],
  ['together', ['together', 'togetherai']],
  ['cerebras', ['cerebras']],
  ['groq', ['groq']],
  ['openai', ['openai']],
  ['anthropic', ['anthropic', 'claude']],
  ['mistral', ['mistral', 'mistralai']],
  ['x-ai', ['xai', 'grok']],
  ['deepseek', ['deepseek']],
  ['cohere', ['cohere']],
  ['perplexity', ['perplexity']],
  ['moonshotai', ['moonshot', 'moonshotai']],
  ['voyageai', ['voyage', 'voyageai']],
  ['novita', ['novita']],
  ['minimax', ['minimax']],
]

/** The makers whose models a provider resells at the makers' own prices. */
const RESOLD: Readonly<Record<string, readonly string[]>> = {
  azure: ['openai', 'anthropic', 'mistral', 'x-ai', 'deepseek', 'cohere', 'moonshotai'],
  aws: ['anthropic', 'mistral', 'cohere', 'deepseek', 'openai'],
  google: ['anthropic', 'mistral'],
}

/**
 * Normalizes the name of a provider: `OpenAI`, `openai.chat` and `openai` are the same. Names of
 * Hugging Face include the provider behind it, so they are only lowercased.
 */
export const providerName = (written: string): string => {
  const name = written.trim().toLowerCase()
  const words = name.split(/[^a-z0-9]+/)
  if (words.includes('huggingface')) return name
  if (name === 'x-ai' || name === 'x_ai') return 'x-ai'
  return PROVIDER_WORDS.find(([, known]) => known.some((word) => words.includes(word)))?.[0] ?? name
}

/** True when a word is a known provider. */
const isProvider = (word: string): boolean => {
  const name = providerName(word)
  return name === 'x-ai' || PROVIDER_WORDS.some(([known]) => known === name)
}

/**
 * The names under which the price of a model may be listed, the most exact first. They are: the
 * name as written, without a gateway's prefix, without a date or version, and the maker's own name
 * where a provider resells it. Price lists use `providerName`.
 */
export const modelNames = (provider: string | undefined, model: string): readonly ModelName[] => {
  const names: ModelName[] = []
  const add = (name: ModelName) => {
    if (!names.some((one) => one.provider === name.provider && one.model === name.model)) {
      names.push(name)
    }
  }
  const billedBy = provider === undefined ? undefined : providerName(provider)
  const written = model.trim().toLowerCase()
  const { provider: inFront, model: bare } = withoutFront(written)
  const whose = billedBy ?? inFront
  for (const of of [whose, ...(whose === undefined ? [] : (RESOLD[whose] ?? []))]) {
    for (const name of [written, bare, undated(bare), ...regional(bare)]) {
      add({ provider: of, model: name })
    }
  }
  return names
}

/**
 * Splits off a prefix: `openai/gpt-4o`, `models/gemini-2.0-flash`, `bedrock/…`, a Vertex path or an
 * AWS ARN.
 */
const withoutFront = (written: string): ModelName => {
  const parts = written.split('/')
  const last = parts.at(-1) ?? written
  const [first = ''] = parts
  if (parts.length === 1) return { provider: undefined, model: written }
  if (first.startsWith('arn:aws:bedrock')) return { provider: 'aws', model: last }
  const publisher = parts.indexOf('publishers')
  if (publisher >= 0) return { provider: 'google', model: last }
  if (first === 'models') return { provider: undefined, model: parts.slice(1).join('/') }
  // A gateway lists prices by `maker/model`, so only the gateway's name is removed.
  return isProvider(first)
    ? { provider: providerName(first), model: parts.slice(1).join('/') }
    : { provider: undefined, model: written }
}

/** Removes `-2024-08-06`, `-20250219`, `@20250219`, `-0613`, `-latest` or a version of Bedrock. */
const undated = (model: string): string =>
  model
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/(?:-latest|-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|@latest|@default)$/, '')

/** Turns Bedrock's `us.anthropic.claude-3-7-sonnet-20250219-v1:0` into the maker's name. */
const regional = (model: string): readonly string[] => {
  const match =
    /^(?:[a-z]+\.)?(?:anthropic|mistral|cohere|meta|amazon|deepseek|openai)\.(.+)$/.exec(model)
  const own = match?.[1]
  if (own === undefined) return []
  return [own, own.replace(/-v\d+(?::\d+)?$/, ''), undated(own)]
}
