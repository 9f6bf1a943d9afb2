import type { AuditListInput } from '../../../src/client/index.ts'
import { AUDIT_CATEGORIES } from '../../../src/core/audit.ts'

/** What the address says of an audit list. */
export interface AuditSearch {
  readonly category?: string | undefined
  readonly actor?: string | undefined
  /** Any part of an entry. */
  readonly text?: string | undefined
  readonly cursor?: string | undefined
  readonly open?: number | undefined
}

export const AUDIT_PAGE = 50

/** The question that the address stands for. */
export const auditRequest = ({ category, actor, text, cursor }: AuditSearch): AuditListInput => ({
  limit: AUDIT_PAGE,
  ...(AUDIT_CATEGORIES.some((one) => one === category) && {
    category: category as AuditListInput['category'],
  }),
  ...(actor !== undefined && { actor }),
  ...(text !== undefined && { text }),
  ...(cursor !== undefined && { cursor }),
})
