import {
  type InfiniteData,
  keepPreviousData,
  type QueryKey,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
} from '@tanstack/react-query'
import type { TollgateClient, TollgateError } from '../../src/client/index.ts'
import { useApi } from './use-api.ts'

export type ReadPages<Page> = UseInfiniteQueryResult<InfiniteData<Page>, TollgateError>

interface PagesOptions<Page> {
  /** The cursor of the first page; `undefined` starts at the beginning. */
  readonly from: string | undefined
  readonly nextOf: (page: Page) => string | null
}

/**
 * A list that loads further pages on demand. It refreshes on focus only while it has a single page.
 */
export const usePages = <Page>(
  key: QueryKey,
  ask: (
    tollgate: TollgateClient,
    cursor: string | undefined,
    options: { signal: AbortSignal },
  ) => PromiseLike<Page>,
  { from, nextOf }: PagesOptions<Page>,
): ReadPages<Page> => {
  const { tollgate } = useApi()
  return useInfiniteQuery<Page, TollgateError, InfiniteData<Page>, QueryKey, string | undefined>({
    queryKey: key,
    queryFn: async ({ signal, pageParam }) => await ask(tollgate, pageParam, { signal }),
    initialPageParam: from,
    getNextPageParam: (page) => nextOf(page) ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) < 2,
  })
}
