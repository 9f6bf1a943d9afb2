const FIRST_PAGE = 64
const LARGEST_PAGE = 1_000
/** The most bytes of a page that an export holds in memory for each reader. */
const PAGE_BYTES = 200_000

interface ExportSource<Row, Item, Place> {
  /** The next rows after a place, in the order of the export. */
  readonly read: (after: Place | undefined, limit: number) => Promise<readonly Row[]>
  readonly itemOf: (row: Row) => Item
  readonly placeOf: (row: Row) => Place
  /** The approximate size of a row. */
  readonly bytesOf: (row: Row) => number
}

/**
 * All items, read no faster than they are consumed, in pages of about 200 KB. Small rows make large
 * pages, and large rows do not fill the memory.
 */
export async function* pagedExport<Row, Item, Place>(
  source: ExportSource<Row, Item, Place>,
): AsyncGenerator<Item> {
  const { read, itemOf, placeOf, bytesOf } = source
  let after: Place | undefined
  let limit = FIRST_PAGE
  for (;;) {
    const rows = await read(after, limit)
    for (const row of rows) yield itemOf(row)
    const last = rows.at(-1)
    if (!last || rows.length < limit) return
    after = placeOf(last)
    const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0) / rows.length
    // At most four times the last page, since the next rows may be larger.
    limit = Math.max(1, Math.min(LARGEST_PAGE, limit * 4, Math.floor(PAGE_BYTES / bytes)))
  }
}

/** The approximate size of values stored as JSON, plus the fields that every row has. */
export const bytesOfJson = (...values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (JSON.stringify(value)?.length ?? 0), 500)
