import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { CurrentUsage } from '../../../src/client/index.ts'
import { useApi } from '../../api/use-api.ts'

/** A browser opens at most six connections to a server, so a hidden page closes its stream. */
const HIDDEN_MS = 30_000
/** The minimum interval between refreshes of the whole screen during streaming. */
const REFRESH_MS = 5_000

/**
 * Streams a customer's figures into the cache while the page is visible. Returns `true` while
 * connected; otherwise the last read figures stay.
 */
export const useLiveUsage = (organizationId: string): boolean => {
  const { fileUrl } = useApi()
  const queries = useQueryClient()
  const [isLive, setIsLive] = useState(false)
  useEffect(() => {
    let source: EventSource | undefined
    let hiding: ReturnType<typeof setTimeout> | undefined
    let readAtMs = performance.now()
    const close = () => {
      source?.close()
      source = undefined
      setIsLive(false)
    }
    const open = () => {
      if (source) return
      const path = `/api/organizations/${encodeURIComponent(organizationId)}/usage/stream`
      source = new EventSource(fileUrl(path))
      source.addEventListener('open', () => setIsLive(true))
      source.addEventListener('error', () => setIsLive(false))
      source.addEventListener('usage', ({ data }: MessageEvent<string>) => {
        const figures = JSON.parse(data) as CurrentUsage
        queries.setQueryData(['customer', organizationId, 'current'], figures)
        if (performance.now() - readAtMs < REFRESH_MS) return
        readAtMs = performance.now()
        void queries.invalidateQueries({ queryKey: ['customer', organizationId, 'dashboard'] })
      })
    }
    const onVisibility = () => {
      clearTimeout(hiding)
      if (document.visibilityState === 'visible') open()
      else hiding = setTimeout(close, HIDDEN_MS)
    }
    onVisibility()
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(hiding)
      close()
    }
  }, [organizationId, fileUrl, queries])
  return isLive
}
