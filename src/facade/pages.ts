import type { Pages } from '../contract/page.ts'
import type { AnyPage, itemsOf, PageReader } from './page-items.ts'

/**
 * Returns the function that yields the items of pages. The client loads it on first use and returns
 * a promise.
 */
export type PageItems = () => typeof itemsOf | Promise<typeof itemsOf>

/** Reads a page when it is first needed, and later pages on demand. */
export class LazyPages implements Pages<unknown, AnyPage> {
  readonly [Symbol.toStringTag] = 'Pages'
  readonly #reader: PageReader
  readonly #items: PageItems
  #first: Promise<AnyPage> | undefined

  constructor(reader: PageReader, items: PageItems) {
    this.#reader = reader
    this.#items = items
  }

  #page(): Promise<AnyPage> {
    this.#first ??= this.#reader.read(this.#reader.input)
    return this.#first
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise of its first page
  then<Kept = AnyPage, Caught = never>(
    onKept?: ((page: AnyPage) => Kept | PromiseLike<Kept>) | null,
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    return this.#page().then(onKept, onBroken)
  }

  catch<Caught = never>(
    onBroken?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<AnyPage | Caught> {
    return this.#page().catch(onBroken)
  }

  finally(onEnd?: (() => void) | null): Promise<AnyPage> {
    return this.#page().finally(onEnd)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    const itemsOf = await this.#items()
    yield* itemsOf(await this.#page(), this.#reader)
  }
}
