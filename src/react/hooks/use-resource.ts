import { useSyncExternalStore } from 'react'
import type { ReadStatus, Resource } from '../client/resource.ts'

/** The state of a read. */
export interface Reading<Data> {
  readonly data: Data | undefined
  readonly status: ReadStatus
  /** `true` until the first result arrives. */
  readonly loading: boolean
  readonly error: Error | undefined
  /** When it was read, in milliseconds since 1970; undefined for initial data from your server. */
  readonly asOfMs: number | undefined
  readonly retry: () => void
}

export const useResource = <Data>(resource: Resource<Data>): Reading<Data> => {
  const { data, status, error, asOfMs } = useSyncExternalStore(
    resource.subscribe,
    resource.snapshot,
    resource.initial,
  )
  return { data, status, error, asOfMs, loading: status === 'loading', retry: resource.refresh }
}
