'use client'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface StreamReading extends Reading<CurrentUsage> {
  /** The current limits and month, live. */
  readonly usage: CurrentUsage | undefined
}

/**
 * The live figures of an organization, updated at most once a second. All tabs of a browser share
 * one stream. If they cannot, each polls every 15 s.
 */
export const useUsageStream = (organizationId?: string): StreamReading => {
  const source = useSource(organizationId)
  const reading = useResource(source.store.live(source.organizationId))
  return { ...reading, usage: reading.data }
}
