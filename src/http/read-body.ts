import { invalid, TollgateError } from '../contract/errors.ts'

/** Larger bodies are refused before they are held in memory. */
const MAX_BODY_BYTES = 1_048_576

export type JsonObject = Record<string, unknown>

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The media type in `Content-Type`, without parameters; undefined without the header. */
export const mediaTypeOf = (request: Request): string | undefined => {
  const header = request.headers.get('content-type')
  return header?.split(';', 1)[0]?.trim().toLowerCase() || undefined
}

/** Reads the body as a JSON object, sent as `application/json`. */
export const readJsonObject = async (request: Request): Promise<JsonObject> => {
  return checkedObject(await readJson(request, ['application/json']))
}

export const checkedObject = (body: unknown): JsonObject => {
  if (isJsonObject(body)) return body
  throw bodyFault('must be a JSON object')
}

/** Reads the body as JSON with one of these media types. */
export const readJson = async (
  request: Request,
  mediaTypes: readonly string[],
): Promise<unknown> => {
  const mediaType = mediaTypeOf(request)
  if (mediaType !== undefined && !mediaTypes.includes(mediaType)) throw unsupported(mediaTypes)
  const text = await readText(request)
  if (text.trim() === '') throw bodyFault('is required')
  if (mediaType === undefined) throw unsupported(mediaTypes)
  return parseJson(text)
}

/** Compressed bodies are refused, because a few bytes could become gigabytes. */
const refuseEncoding = (request: Request): void => {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase()
  if (!encoding || encoding === 'identity') return
  const field = 'Content-Encoding'
  const message = 'must be left out: compressed bodies are not accepted'
  throw new TollgateError('unsupported_media_type', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
}

/** Reads the body as text of at most `MAX_BODY_BYTES`; empty without a body. */
export const readText = async (request: Request): Promise<string> => {
  refuseEncoding(request)
  const bytes = await readBytes(request)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw bodyFault('must be UTF-8')
  }
}

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw bodyFault('must be valid JSON')
  }
}

const bodyFault = (message: string): TollgateError => invalid({ field: 'body', message })

const unsupported = (mediaTypes: readonly string[]): TollgateError => {
  const message = `must be sent with Content-Type ${mediaTypes.join(', ')}`
  return new TollgateError('unsupported_media_type', {
    detail: `body: ${message}`,
    faults: [{ field: 'body', message }],
  })
}

const tooLarge = (): TollgateError => {
  const message = `must be at most ${MAX_BODY_BYTES} bytes`
  return new TollgateError('body_too_large', {
    detail: `body: ${message}`,
    faults: [{ field: 'body', message }],
  })
}

/** The HTTP parser enforces a declared length, so the body can be read at once. */
const readBytes = async (request: Request): Promise<Uint8Array> => {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) throw tooLarge()
  try {
    if (declared === null) return await readStream(request)
    const bytes = new Uint8Array(await request.arrayBuffer())
    if (bytes.length > MAX_BODY_BYTES) throw tooLarge()
    return bytes
  } catch (error) {
    if (error instanceof TollgateError) throw error
    throw bodyFault('ended before it was complete')
  }
}

/**
 * Without a declared length, the bytes are counted while they arrive, and reading stops at the
 * limit.
 */
const readStream = async (request: Request): Promise<Uint8Array> => {
  if (request.body === null) return new Uint8Array()
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > MAX_BODY_BYTES) {
      // Not cancelled, because that would break the connection before the answer is read.
      reader.releaseLock()
      throw tooLarge()
    }
    chunks.push(value)
  }
  return joined(chunks, length)
}

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
