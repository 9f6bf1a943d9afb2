import type { Right } from '../../src/core/rights.ts'
import { useSession } from './session-context.ts'

/** Whether the user is the platform's administrator, who has every right at every customer. */
export const useIsOperator = (): boolean => useSession().kind === 'admin'

/**
 * The user's rights at an organization, from the session. The server enforces them; this only hides
 * actions that it would refuse.
 */
export const useMay = (organizationId: string): ((right: Right) => boolean) => {
  const { kind, organizations } = useSession()
  if (kind === 'admin') return () => true
  const standing = organizations?.find((one) => one.organizationId === organizationId)
  return (right) => standing?.rights.includes(right) ?? false
}
