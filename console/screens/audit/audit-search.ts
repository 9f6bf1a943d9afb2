import type { AuditListInput } from '../../../src/client/index.ts'
import { AUDIT_CATEGORIES } from '../../../src/core/audit.ts'

/** The search parameters of an audit list. */
export interface AuditSearch {
  readonly category?: string | undefined
  readonly actor?: string | undefined
  /** Matches any part of an entry. */
  readonly text?: string | undefined
  readonly cursor?: string | undefined
  readonly open?: number | undefined
  /** The time of the open entry, by which it is found if it is not on the page. */
  readonly at?: string | undefined
}

export const AUDIT_PAGE = 50

/** The API request for the search parameters. */
export const auditRequest = ({ category, actor, text, cursor }: AuditSearch): AuditListInput => ({
  limit: AUDIT_PAGE,
  ...(AUDIT_CATEGORIES.some((one) => one === category) && {
    category: category as AuditListInput['category'],
  }),
  ...(actor !== undefined && { actor }),
  ...(text !== undefined && { text }),
  ...(cursor !== undefined && { cursor }),
})
