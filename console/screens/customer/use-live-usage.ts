import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { CurrentUsage } from '../../../src/client/index.ts'
import { useApi } from '../../api/use-api.ts'

/** A browser has six connections to one place: a page that nobody sees gives its own back. */
const HIDDEN_MS = 30_000
/** The whole of the screen is read again at most so often while figures come. */
const REFRESH_MS = 5_000

/**
 * Keeps the figures of one customer as the server streams them, while the page is seen. True while
 * they come; without the stream the figures are as they were read.
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
