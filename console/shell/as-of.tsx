import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { clockText, zoneText } from '../../src/react/format/index.ts'
import css from './shell.module.css'
import { useTimeStyle } from './zone.ts'

interface Standing {
  readonly atMs: number | null
  readonly hasFailed: boolean
}

/** The read time of the oldest figure on screen, with a note if a refresh failed. */
export const AsOf = () => {
  const queries = useQueryClient()
  const style = useTimeStyle()
  const [{ atMs, hasFailed }, setStanding] = useState<Standing>({ atMs: null, hasFailed: false })
  useEffect(() => {
    const cache = queries.getQueryCache()
    const look = () => {
      const seen = cache
        .getAll()
        .filter((query) => query.isActive() && query.queryKey[0] !== 'session')
      const times = seen.map(({ state }) => state.dataUpdatedAt).filter((time) => time > 0)
      const next = {
        atMs: times.length === 0 ? null : Math.min(...times),
        hasFailed: seen.some(({ state }) => state.status === 'error' && state.dataUpdatedAt > 0),
      }
      setStanding((now) =>
        now.atMs === next.atMs && now.hasFailed === next.hasFailed ? now : next,
      )
    }
    look()
    return cache.subscribe(() => queueMicrotask(look))
  }, [queries])
  if (atMs === null) return null
  return (
    <span className={css.asOf} data-failed={hasFailed || undefined} role="status">
      {hasFailed ? 'reconnecting, ' : ''}as of {clockText(atMs, style)}{' '}
      <span>{zoneText(style.timeZone)}</span>
    </span>
  )
}
