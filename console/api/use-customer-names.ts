import { useQueries } from '@tanstack/react-query'
import { useApi } from './use-api.ts'

/** Further customers keep their ids: each name costs a read. */
const MOST = 20

/**
 * Returns customer names by id; the id itself while its name is unknown. Each read shares its cache
 * entry with the customer's page.
 */
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
