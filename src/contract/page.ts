import { z } from 'zod'
import { invalid, type TollgateError } from './errors.ts'
import { storableText } from './text.ts'

export const DEFAULT_PAGE_SIZE = 50
export const MAX_PAGE_SIZE = 200

export const pageLimitSchema = z
  .number()
  .int()
  .min(1)
  .max(MAX_PAGE_SIZE)
  .optional()
  .describe(`how many, ${DEFAULT_PAGE_SIZE} if not given`)

/** Which part of a list is wanted. */
export const pageRequestSchema = z.strictObject({
  cursor: storableText(255).optional().describe('the `nextCursor` of the page before'),
  limit: pageLimitSchema,
})
export type PageRequest = z.input<typeof pageRequestSchema>

/** A part of a list, and where the next one begins; `null` after the last. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

/**
 * A page, and all that follow: `await` it for the page, `for await` it for every item. The pages
 * after the first are read as they are needed.
 */
export interface Pages<Item, First = Page<Item>> extends Promise<First>, AsyncIterable<Item> {}

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('the `cursor` of the next page; null: no more'),
  })

/** A page of the rows that were asked for with one more than fit, which tells whether it goes on. */
export const pageFrom = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): Page<Item> => {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}

/** Fields that may change, of which one at least must. What it is of may stand beside them. */
export const patchOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .strictObject(shape)
    .refine(
      (patch) =>
        Object.keys(shape).some((field) => (patch as Record<string, unknown>)[field] !== undefined),
      'must change something',
    )

/** What to throw at a cursor that no page gave. */
export const noCursor = (): TollgateError =>
  invalid({ field: 'cursor', message: 'must be the `nextCursor` of a page' })
