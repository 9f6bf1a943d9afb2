/** A model as it is looked up in a list of prices. */
export interface ModelName {
  /** Undefined: of whichever provider. */
  readonly provider: string | undefined
  readonly model: string
}

/**
 * The providers, by a word that is in their name in some SDK, gateway or convention: `openai.chat`,
 * `azure-openai`, `amazon-bedrock`, `google_vertexai`, `gcp.gemini`, `mistralai`. In order: a name
 * with two of these words is of the first, which is whom the bill comes from.
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

/** Whose models a provider sells as well, at the prices of those who made them. */
const RESOLD: Readonly<Record<string, readonly string[]>> = {
  azure: ['openai', 'anthropic', 'mistral', 'x-ai', 'deepseek', 'cohere', 'moonshotai'],
  aws: ['anthropic', 'mistral', 'cohere', 'deepseek', 'openai'],
  google: ['anthropic', 'mistral'],
}

/**
 * One name for each provider, whoever writes it: `OpenAI`, `openai.chat` and `openai` are one.
 * Hugging Face names the provider behind it as well, so its names stay as they are, in small letters.
 */
export const providerName = (written: string): string => {
  const name = written.trim().toLowerCase()
  const words = name.split(/[^a-z0-9]+/)
  if (words.includes('huggingface')) return name
  if (name === 'x-ai' || name === 'x_ai') return 'x-ai'
  return PROVIDER_WORDS.find(([, known]) => known.some((word) => words.includes(word)))?.[0] ?? name
}

/** Whether a word is a provider's, as far as is known. */
const isProvider = (word: string): boolean => {
  const name = providerName(word)
  return name === 'x-ai' || PROVIDER_WORDS.some(([known]) => known === name)
}

/**
 * The names under which the price of a call's model may be listed, the most exact first: as it was
 * written, without what a gateway puts in front, without a date or version behind, and as the
 * maker's own where a provider resells it. Prices are listed under `providerName`.
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

/** `openai/gpt-4o`, `models/gemini-2.0-flash`, `bedrock/…`, a path of Vertex or an ARN of AWS. */
const withoutFront = (written: string): ModelName => {
  const parts = written.split('/')
  const last = parts.at(-1) ?? written
  const [first = ''] = parts
  if (parts.length === 1) return { provider: undefined, model: written }
  if (first.startsWith('arn:aws:bedrock')) return { provider: 'aws', model: last }
  const publisher = parts.indexOf('publishers')
  if (publisher >= 0) return { provider: 'google', model: last }
  if (first === 'models') return { provider: undefined, model: parts.slice(1).join('/') }
  // A gateway's own prices are of `maker/model`: only what names the gateway goes.
  return isProvider(first)
    ? { provider: providerName(first), model: parts.slice(1).join('/') }
    : { provider: undefined, model: written }
}

/** Without `-2024-08-06`, `-20250219`, `@20250219`, `-0613`, `-latest` or a version of Bedrock's. */
const undated = (model: string): string =>
  model
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/(?:-latest|-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{4}|@latest|@default)$/, '')

/** Bedrock's `us.anthropic.claude-3-7-sonnet-20250219-v1:0`, as the maker calls it. */
const regional = (model: string): readonly string[] => {
  const match =
    /^(?:[a-z]+\.)?(?:anthropic|mistral|cohere|meta|amazon|deepseek|openai)\.(.+)$/.exec(model)
  const own = match?.[1]
  if (own === undefined) return []
  return [own, own.replace(/-v\d+(?::\d+)?$/, ''), undated(own)]
}
