import { useSyncExternalStore } from 'react'
import type { ReadStatus, Resource } from '../client/resource.ts'

/** How something that is read stands. */
export interface Reading<Data> {
  readonly data: Data | undefined
  readonly status: ReadStatus
  /** Nothing is there yet. */
  readonly loading: boolean
  readonly error: Error | undefined
  /** When it was read, in milliseconds since 1970; undefined of what the server has sent. */
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
