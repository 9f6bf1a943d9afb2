import { type Json, objectOf } from './json.ts'
import { type CountTokens, scanBy, type TokenScan } from './token-scan.ts'

/** The tokens that a message costs beside its text. */
const MESSAGE_TOKENS = 4
/** The tokens that begin an answer. */
const REPLY_TOKENS = 3
/** The assumed tokens of a picture or file, a usual average, until the provider reports usage. */
const ATTACHMENT_TOKENS = 1_000
const DEPTH_MAX = 32

const ATTACHMENTS = new Set([
  ...['image', 'image_url', 'input_image', 'file', 'input_file', 'document', 'media'],
  ...['audio', 'input_audio', 'video'],
])
/** The fields of a request that the model does not read as text. */
const NO_TEXT = new Set([
  ...['id', 'type', 'role', 'name', 'status', 'index', 'cache_control', 'signature', 'data'],
  ...['encrypted_content', 'tool_call_id', 'tool_use_id', 'call_id', 'toolCallId', 'url'],
  ...['providerOptions', 'response_metadata', 'usage_metadata', 'lc_kwargs', 'lc_namespace'],
])

/** Estimates the input tokens of a request: its texts, its messages and its attachments. */
export const requestTokens = (
  asked: readonly unknown[],
  countTokens: CountTokens | undefined,
): number => {
  const scan = scanBy(countTokens)
  const beside = asked.reduce((sum: number, one) => sum + walk(one, scan, 0), 0)
  return scan.tokens() + beside + REPLY_TOKENS
}

/** Adds all texts to the scan. Returns the tokens to add for messages and attachments. */
const walk = (value: unknown, scan: TokenScan, depth: number): number => {
  if (typeof value === 'string') {
    if (!value.startsWith('data:')) scan.add(value)
    return 0
  }
  if (depth > DEPTH_MAX) return 0
  if (Array.isArray(value)) {
    return value.reduce((sum: number, one) => sum + walk(one, scan, depth + 1), 0)
  }
  const object = objectOf(value)
  if (!object) return 0
  if (typeof object.type === 'string' && ATTACHMENTS.has(object.type)) return ATTACHMENT_TOKENS
  const own = 'role' in object ? MESSAGE_TOKENS : 0
  return own + walkFields(object, scan, depth)
}

const walkFields = (object: Json, scan: TokenScan, depth: number): number => {
  let beside = 0
  for (const [key, value] of Object.entries(object)) {
    if (!NO_TEXT.has(key)) beside += walk(value, scan, depth + 1)
  }
  return beside
}
