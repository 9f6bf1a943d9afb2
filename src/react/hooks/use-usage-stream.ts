'use client'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface StreamReading extends Reading<CurrentUsage> {
  /** The limits and the month, as they are this second. */
  readonly usage: CurrentUsage | undefined
}

/**
 * The figures of an organization as they change, at most once a second. All tabs of a browser share
 * one stream; where they cannot, figures are asked for every 15 s.
 */
export const useUsageStream = (organizationId?: string): StreamReading => {
  const source = useSource(organizationId)
  const reading = useResource(source.store.live(source.organizationId))
  return { ...reading, usage: reading.data }
}
