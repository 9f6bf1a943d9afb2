import { describe, expect, it } from 'vitest'
import { pagedExport } from '../../src/engine/paged-export.ts'

const PAGE_BYTES = 200_000

describe('an export', () => {
  /** Rows of one size, and the pages that were read of them. */
  const opened = (rows: number, bytes: number) => {
    const pages: number[] = []
    const items = pagedExport<number, number, number>({
      read: async (after = -1, limit) => {
        const page = Array.from({ length: Math.min(limit, rows - after - 1) }, (_, n) => {
          return after + 1 + n
        })
        pages.push(page.length)
        return page
      },
      itemOf: (row) => row,
      placeOf: (row) => row,
      bytesOf: () => bytes,
    })
    return { pages, items }
  }
  const all = async (items: AsyncIterable<number>) => {
    const found: number[] = []
    for await (const item of items) found.push(item)
    return found
  }

  it('holds few large rows at a time, and all of them once', async () => {
    const { pages, items } = opened(300, 4_500)
    expect(await all(items)).toEqual(Array.from({ length: 300 }, (_, n) => n))
    const [first, ...later] = pages
    expect(first).toBe(64)
    expect(Math.max(...later) * 4_500).toBeLessThanOrEqual(PAGE_BYTES)
  })

  it('goes on with single rows that are larger than a page', async () => {
    const { pages, items } = opened(70, PAGE_BYTES * 2)
    expect(await all(items)).toHaveLength(70)
    expect(new Set(pages.slice(1, -1))).toEqual(new Set([1]))
  })

  it('reads small rows in large pages, but not all at once', async () => {
    const { pages, items } = opened(5_000, 1)
    expect(await all(items)).toHaveLength(5_000)
    expect(pages).toEqual([64, 256, 1_000, 1_000, 1_000, 1_000, 680])
  })

  it('reads the next page only when somebody asks for it', async () => {
    const { pages, items } = opened(5_000, 1)
    for (let n = 0; n < 64; n += 1) await items.next()
    expect(pages).toEqual([64])
    await items.next()
    expect(pages).toEqual([64, 256])
    await items.return(undefined)
    expect(pages).toEqual([64, 256])
  })
})
