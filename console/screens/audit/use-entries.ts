import type { QueryKey } from '@tanstack/react-query'
import type { AuditEvent, AuditListInput, Page, TollgateClient } from '../../../src/client/index.ts'
import { type Read, useRead } from '../../api/use-api.ts'
import { type AuditSearch, auditRequest } from './audit-search.ts'

/** A chain to read: the platform's, or a customer's. */
export interface AuditChain {
  readonly key: QueryKey
  readonly list: (
    tollgate: TollgateClient,
    request: AuditListInput,
    options: { signal: AbortSignal },
  ) => PromiseLike<Page<AuditEvent>>
}

export const useEntries = (
  { key, list }: AuditChain,
  search: AuditSearch,
): Read<Page<AuditEvent>> => {
  const request = auditRequest(search)
  return useRead([...key, request], (tollgate, options) => list(tollgate, request, options), {
    poll: true,
  })
}

/** The most entries of one millisecond among which the open one is looked for. */
const MOST_AT_ONCE = 200

/**
 * The open entry: of the page, or read by its time. New entries move it off the page, and a link
 * may be older than the page.
 */
export const useOpenedEntry = (
  { key, list }: AuditChain,
  { open, at }: AuditSearch,
  items: readonly AuditEvent[] | undefined,
): AuditEvent | undefined => {
  const isOpened = ({ sequence }: AuditEvent) => sequence === open
  const listed = open === undefined ? undefined : items?.find(isOpened)
  const read = useRead(
    [...key, 'entry', open, at],
    (tollgate, options) => {
      const to = new Date(Date.parse(at ?? '') + 1).toISOString()
      return list(tollgate, { from: at, to, limit: MOST_AT_ONCE }, options)
    },
    { isWanted: open !== undefined && at !== undefined && items !== undefined && !listed },
  )
  return open === undefined ? undefined : (listed ?? read.data?.items.find(isOpened))
}
