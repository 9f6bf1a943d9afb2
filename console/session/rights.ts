import type { Right } from '../../src/core/rights.ts'
import { useSession } from './session-context.ts'

/** Whether the platform's administrator looks: they may do everything, at every customer. */
export const useIsOperator = (): boolean => useSession().kind === 'admin'

/**
 * What the present user may do at an organization, as the session says. The server decides: this
 * only keeps what would be refused off the screen.
 */
export const useMay = (organizationId: string): ((right: Right) => boolean) => {
  const { kind, organizations } = useSession()
  if (kind === 'admin') return () => true
  const standing = organizations?.find((one) => one.organizationId === organizationId)
  return (right) => standing?.rights.includes(right) ?? false
}
