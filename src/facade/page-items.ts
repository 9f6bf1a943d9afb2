/** A page of any list. Pages of events have `events`, as in the history; all others have `items`. */
export interface AnyPage {
  readonly items?: readonly unknown[]
  readonly nextCursor?: string | null
  readonly events?: readonly unknown[]
  readonly pagination?: { readonly nextCursor: string | null }
}

/** How a list is read: the caller's input, and what reads the page of an input. */
export interface PageReader {
  readonly input: object
  readonly read: (input: object) => Promise<AnyPage>
}

/** Yields the items of a first page and of all later ones, each read on demand. */
export async function* itemsOf(
  first: AnyPage,
  { input, read }: PageReader,
): AsyncGenerator<unknown> {
  // A cursor replaces a page number.
  const { page: _, ...rest } = input as { readonly page?: number }
  for (let page = first; ; ) {
    yield* page.items ?? page.events ?? []
    const cursor = (page.pagination ?? page).nextCursor ?? null
    if (cursor === null) return
    page = await read({ ...rest, cursor })
  }
}
