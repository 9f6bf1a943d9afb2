import { describe, expect, it } from 'vitest'
import { CatalogBook } from '../../src/engine/catalog/catalog-book.ts'
import type { Database } from '../../src/storage/database.ts'
import { testClock } from '../../src/testing/index.ts'

/** The statements of one read. */
const STATEMENTS = 3

const start = () => {
  const answers: ((failure?: Error) => void)[] = []
  const query = () =>
    new Promise<never[]>((resolve, reject) => {
      answers.push((failure) => (failure ? reject(failure) : resolve([])))
    })
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const book = new CatalogBook({
    db: { query } as unknown as Database,
    log,
    clock: testClock('2026-03-10T12:00:00Z'),
    ttlMs: 60_000,
  })
  const answerAll = async (failure?: Error) => {
    for (const answer of answers.splice(0)) answer(failure)
    await new Promise(setImmediate)
  }
  return { book, answers, answerAll }
}

describe('reading the catalogs again', () => {
  it('is one read for all who ask while another is under way', async () => {
    const { book, answers, answerAll } = start()
    const first = book.refresh()
    const others = Array.from({ length: 50 }, () => book.refresh())
    expect(answers.length).toBe(STATEMENTS)
    await answerAll()
    await first
    // It began before the others asked, so they wait for the next one.
    expect(answers.length).toBe(STATEMENTS)
    const late = book.refresh()
    await answerAll()
    await Promise.all(others)
    expect(answers.length).toBe(STATEMENTS)
    await answerAll()
    await late
    expect(answers.length).toBe(0)
  })

  it('goes on after a read that failed, which only its own callers hear of', async () => {
    const { book, answerAll } = start()
    const failed = book.refresh()
    const next = book.refresh()
    const both = Promise.allSettled([failed, next])
    await answerAll(new Error('away'))
    await answerAll()
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    const again = book.refresh()
    await answerAll()
    await again
  })
})
