import type { Page, Pages } from '../contract/page.ts'

/** How to read page after page. */
export interface PageReader<Item, First> {
  /** Reads the page at a cursor; the first page without one. */
  readonly read: (cursor: string | undefined) => Promise<First>
  readonly itemsOf: (page: First) => readonly Item[]
  readonly cursorOf: (page: First) => string | null
}

/** Reads a page when it is first needed, and later pages on demand. */
export class LazyPages<Item, First = Page<Item>> implements Pages<Item, First> {
  readonly [Symbol.toStringTag] = 'Pages'
  readonly #reader: PageReader<Item, First>
  #first: Promise<First> | undefined

  constructor(reader: PageReader<Item, First>) {
    this.#reader = reader
  }

  #page(): Promise<First> {
    this.#first ??= this.#reader.read(undefined)
    return this.#first
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise of its first page
  then<Kept = First, Caught = never>(
    onKept?: ((page: First) => Kept | PromiseLike<Kept>) | null,
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    return this.#page().then(onKept, onBroken)
  }

  catch<Caught = never>(
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<First | Caught> {
    return this.#page().catch(onBroken)
  }

  finally(onEnd?: (() => void) | null): Promise<First> {
    return this.#page().finally(onEnd)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item> {
    const { read, itemsOf, cursorOf } = this.#reader
    let page = await this.#page()
    for (;;) {
      yield* itemsOf(page)
      const cursor = cursorOf(page)
      if (cursor === null) return
      page = await read(cursor)
    }
  }
}
