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
  /** How soon it is asked for again, by what was answered last; `false`: not by itself. */
  readonly pollMs?: (latest: Answer | undefined) => number | false
  /** Asked for again every 15 s while the page is seen, and every minute while it is not. */
  readonly poll?: boolean
  readonly isWanted?: boolean
}

/** What an operation answers, kept under a key and read again when somebody looks again. */
export const useRead = <Answer>(
  key: QueryKey,
  ask: (tollgate: TollgateClient, options: { signal: AbortSignal }) => PromiseLike<Answer>,
  { poll = false, pollMs, isWanted = true }: ReadOptions<Answer> = {},
): Read<Answer> => {
  const { tollgate } = useApi()
  return useQuery<Answer, TollgateError>({
    queryKey: key,
    // A page of a list is awaited here, so that what is kept is the page.
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

/** Does something, then has everything that it may have changed read again. */
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
