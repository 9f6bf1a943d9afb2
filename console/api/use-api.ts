import {
  keepPreviousData,
  type QueryKey,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import type { TollgateClient, TollgateError } from '../../src/client/index.ts'
import type { Api } from './api.ts'

export const ApiContext = createContext<Api | null>(null)

export const useApi = (): Api => {
  const api = useContext(ApiContext)
  if (!api) throw new Error('ApiContext is missing')
  return api
}

export type Read<Answer> = UseQueryResult<Answer, TollgateError>

const POLL_MS = 15_000
const POLL_HIDDEN_MS = 60_000

interface ReadOptions<Answer> {
  /** The poll interval for the latest answer; `false` does not poll. */
  readonly pollMs?: (latest: Answer | undefined) => number | false
  /** Polls every 15 s while the page is visible, and every minute while it is hidden. */
  readonly poll?: boolean
  readonly isWanted?: boolean
}

/**
 * Reads an operation and caches its answer under the key. It is read again when the window regains
 * focus.
 */
export const useRead = <Answer>(
  key: QueryKey,
  ask: (tollgate: TollgateClient, options: { signal: AbortSignal }) => PromiseLike<Answer>,
  { poll = false, pollMs, isWanted = true }: ReadOptions<Answer> = {},
): Read<Answer> => {
  const { tollgate } = useApi()
  return useQuery<Answer, TollgateError>({
    queryKey: key,
    // Awaiting the list here caches its page, not the list object.
    queryFn: async ({ signal }) => await ask(tollgate, { signal }),
    enabled: isWanted,
    placeholderData: keepPreviousData,
    refetchInterval: pollMs
      ? ({ state }) => pollMs(state.data)
      : poll
        ? () => (document.visibilityState === 'visible' ? POLL_MS : POLL_HIDDEN_MS)
        : false,
    refetchIntervalInBackground: true,
  })
}

/** Runs an action, then invalidates the cached reads that it may have changed. */
export const useAct = <Input, Answer>(
  act: (tollgate: TollgateClient, input: Input) => PromiseLike<Answer>,
  { onDone, changes }: { onDone?: (answer: Answer, input: Input) => void; changes?: QueryKey } = {},
) => {
  const { tollgate } = useApi()
  const queries = useQueryClient()
  return useMutation<Answer, TollgateError, Input>({
    mutationFn: async (input) => await act(tollgate, input),
    onSuccess: async (answer, input) => {
      onDone?.(answer, input)
      await queries.invalidateQueries(changes ? { queryKey: changes } : {})
    },
  })
}
