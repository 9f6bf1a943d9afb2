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
  .describe(`the page size; default ${DEFAULT_PAGE_SIZE}`)

/** Selects one page of a list. */
export const pageRequestSchema = z.strictObject({
  cursor: storableText(255).optional().describe('the `nextCursor` of the page before'),
  limit: pageLimitSchema,
})
export type PageRequest = z.input<typeof pageRequestSchema>

/** One page of a list, and the cursor of the next one; `null` on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

/**
 * A page and all that follow. `await` returns the first page; `for await` iterates over every item.
 * Later pages are read on demand.
 */
export interface Pages<Item, First = Page<Item>> extends Promise<First>, AsyncIterable<Item> {}

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('the `cursor` of the next page; null: no more'),
  })

/**
 * Builds a page from rows that were read with one more than the limit. The extra row tells whether
 * another page follows.
 */
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

/**
 * A patch that requires at least one of its fields. The fields that identify the object may be
 * beside it.
 */
export const patchOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .strictObject(shape)
    .refine(
      (patch) =>
        Object.keys(shape).some((field) => (patch as Record<string, unknown>)[field] !== undefined),
      'must have at least one field to change',
    )

/** The error for a cursor that no page returned. */
export const noCursor = (): TollgateError =>
  invalid({ field: 'cursor', message: 'must be the `nextCursor` of a page' })
