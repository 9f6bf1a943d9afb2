import type { UsageDashboard } from '../../../src/client/index.ts'
import { type Read, useRead } from '../../api/use-api.ts'

/**
 * The dashboard of a customer, with UTC days: all that is shown of it belongs to billing periods
 * and windows of limits, which are UTC whatever zone is selected.
 */
export const useDashboard = (
  organizationId: string,
  options: { readonly poll?: boolean } = {},
): Read<UsageDashboard> =>
  useRead(
    ['customer', organizationId, 'dashboard'],
    ({ usage }, { signal }) => usage.dashboard({ organizationId, timezone: 'UTC' }, { signal }),
    options,
  )
