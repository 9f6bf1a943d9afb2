import { useQueries } from '@tanstack/react-query'
import { useApi } from './use-api.ts'

/** More are left with their ids: each costs a read of its own. */
const MOST = 20

/** What these customers are called; its id while that is not known. Each is kept as its page keeps it. */
export const useCustomerNames = (ids: readonly string[]): ((id: string) => string) => {
  const { tollgate } = useApi()
  const asked = ids.slice(0, MOST)
  const found = useQueries({
    queries: asked.map((organizationId) => ({
      queryKey: ['customer', organizationId],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        await tollgate.organizations.get({ organizationId }, { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  })
  const names = new Map(asked.map((id, index) => [id, found[index]?.data?.name]))
  return (id) => names.get(id) ?? id
}
