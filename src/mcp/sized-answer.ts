import { invalid, TollgateError } from '../contract/errors.ts'
import type { Arguments, Tool } from './tool.ts'
import { DEFAULT_ITEMS, MOST_ITEMS, pageAtOf } from './tool-schemas.ts'

/** The longest answer, in bytes of JSON. Longer answers overload an assistant. */
const MOST_BYTES = 25_000

/** The answer of a tool. All texts in `result` are values that anybody may have written. */
export interface ToolAnswer {
  readonly untrusted: true
  /** True: more exists than fits. Ask again with `nextCursor`, or for less. */
  readonly truncated: boolean
  readonly nextCursor: string | null
  readonly result: unknown
  /** For tools that write: this is the first answer, returned again for the same key. */
  readonly replayed?: boolean
}

/** Asks with these fields, and returns the answer as values. */
type AskAnew = (input: Arguments) => Promise<Record<string, unknown>>

/**
 * Shortens an answer. A page is requested again with fewer items, so that its cursor is correct. A
 * document loses part of its longest list.
 *
 * @throws TollgateError `unprocessable` where nothing of it can be left out.
 */
export const sizedAnswer = (tool: Tool, input: Arguments, ask: AskAnew): Promise<ToolAnswer> => {
  const pageAt = pageAtOf(tool)
  if (pageAt !== undefined) return sizedPage(pageAt, input, ask)
  return tool.cuts === undefined ? whole(input, ask) : sizedList(tool.cuts, input, ask)
}

interface SomePage {
  readonly items: readonly unknown[]
  readonly nextCursor: string | null
}

const sizedPage = async (pageAt: string, input: Arguments, ask: AskAnew): Promise<ToolAnswer> => {
  const asked = limitOf(input)
  let limit = asked
  for (;;) {
    const result = await ask({ ...input, limit })
    const { items, nextCursor } = (pageAt === '' ? result : result[pageAt]) as SomePage
    const answer = answerOf(result, { truncated: limit < asked, nextCursor })
    const bytes = bytesOf(answer)
    if (bytes <= MOST_BYTES) return answer
    if (items.length <= 1) throw tooLong(bytes)
    // A little less than the mean suggests, because items differ in size.
    const fitting = Math.floor((items.length * MOST_BYTES * 0.9) / bytes)
    limit = Math.max(1, Math.min(items.length - 1, fitting))
  }
}

const limitOf = ({ limit = DEFAULT_ITEMS }: Arguments): number => {
  if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MOST_ITEMS) {
    return Number(limit)
  }
  throw invalid({ field: 'limit', message: `must be a whole number from 1 to ${MOST_ITEMS}` })
}

const whole = async (input: Arguments, ask: AskAnew): Promise<ToolAnswer> => {
  const answer = answerOf(await ask(input), { truncated: false, nextCursor: null })
  const bytes = bytesOf(answer)
  if (bytes > MOST_BYTES) throw tooLong(bytes)
  return answer
}

const sizedList = async (
  field: string,
  { cursor, ...input }: Arguments,
  ask: AskAnew,
): Promise<ToolAnswer> => {
  const start = startAt(cursor)
  const result = await ask(input)
  const list = (result[field] as readonly unknown[]).slice(start)
  const part = (count: number): ToolAnswer =>
    answerOf(
      { ...result, [field]: list.slice(0, count) },
      {
        truncated: count < list.length,
        nextCursor: count < list.length ? `${CURSOR}${start + count}` : null,
      },
    )
  let count = list.length
  for (;;) {
    const answer = part(count)
    const bytes = bytesOf(answer)
    if (bytes <= MOST_BYTES) return answer
    if (count <= 1) throw tooLong(bytes)
    count = Math.max(1, Math.min(count - 1, Math.floor((count * MOST_BYTES * 0.9) / bytes)))
  }
}

const CURSOR = 'from:'

const startAt = (cursor: unknown): number => {
  if (cursor === undefined) return 0
  const start = typeof cursor === 'string' && /^from:(\d{1,9})$/.exec(cursor)?.[1]
  if (start) return Number(start)
  throw invalid({ field: 'cursor', message: 'must be the `nextCursor` of an answer' })
}

const answerOf = (
  { replayed, ...result }: Record<string, unknown>,
  more: Pick<ToolAnswer, 'truncated' | 'nextCursor'>,
): ToolAnswer => ({
  untrusted: true,
  ...more,
  ...(typeof replayed === 'boolean' && { replayed }),
  result,
})

const bytesOf = (answer: ToolAnswer): number => Buffer.byteLength(JSON.stringify(answer))

const tooLong = (bytes: number): TollgateError =>
  new TollgateError('unprocessable', {
    detail:
      `the answer has ${bytes} bytes, more than ${MOST_BYTES}: ask for less, such as a ` +
      'shorter range or larger steps',
  })
