'use client'
import { useCallback, useState } from 'react'
import type { HistoryListInput, HistoryPage } from '../../contract/usage-history.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

/** The filters of `GET …/usage/history`. */
export type HistoryFilters = Omit<HistoryListInput, 'cursor' | 'page' | 'summary'>

export interface HistoryReading extends Reading<HistoryPage> {
  readonly history: HistoryPage | undefined
  readonly filters: HistoryFilters
  /** Sets the given filters; `undefined` removes one. Returns to the first page. */
  readonly setFilter: (some: HistoryFilters) => void
  readonly clearFilters: () => void
  readonly next: (() => void) | undefined
  readonly previous: (() => void) | undefined
  /** The position of the first event on this page, from 1. */
  readonly first: number
  /** All matching events as a CSV file. */
  readonly exportCsv: () => Promise<Blob>
}

const PAGE = 50

/** The events of an organization, one page at a time. */
export const useUsageHistory = (
  organizationId?: string,
  initialFilters: HistoryFilters = {},
): HistoryReading => {
  const source = useSource(organizationId)
  const [filters, setFilters] = useState<HistoryFilters>(initialFilters)
  const [cursors, setCursors] = useState<readonly string[]>([])
  const reading = useResource(
    source.store.resource<HistoryPage>('usage.history', {
      organizationId: source.organizationId,
      ...filters,
      cursor: cursors.at(-1),
      // The summary is the same for all pages, so only the first request includes it.
      summary: cursors.length > 0 ? false : undefined,
    }),
  )
  const firstPage = useResource(
    source.store.resource<HistoryPage>('usage.history', {
      organizationId: source.organizationId,
      ...filters,
      cursor: undefined,
      summary: undefined,
    }),
  )
  const nextCursor = reading.data?.pagination.nextCursor ?? undefined
  const setFilter = useCallback((some: HistoryFilters) => {
    setFilters((before) => ({ ...before, ...some }))
    setCursors([])
  }, [])
  const clearFilters = useCallback(() => {
    setFilters({})
    setCursors([])
  }, [])
  const history = reading.data && {
    ...reading.data,
    summary: reading.data.summary ?? firstPage.data?.summary ?? null,
  }
  return {
    ...reading,
    history,
    filters,
    setFilter,
    clearFilters,
    next: nextCursor === undefined ? undefined : () => setCursors([...cursors, nextCursor]),
    previous: cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1)),
    first: cursors.length * (filters.limit ?? PAGE) + 1,
    exportCsv: async () => {
      const { organizationId: id, store } = source
      const { limit: _, ...filter } = filters
      const file = await store.reader.file(
        'usage.history',
        { organizationId: id, ...filter },
        'csv',
      )
      if (!file.ok) throw new Error(`answered ${file.status}`)
      return file.blob()
    },
  }
}
