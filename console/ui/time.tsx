import { useEffect, useState } from 'react'
import {
  dateText,
  dayText,
  instantText,
  relativeText,
  zoneText,
} from '../../src/react/format/index.ts'
import { useZone } from '../shell/zone.ts'

interface TimeProps {
  readonly at: string
  readonly form?: 'instant' | 'date' | 'day' | 'relative'
}

/** A time in the selected zone; the tooltip shows other zones and the ISO text. */
export const Time = ({ at, form = 'instant' }: TimeProps) => {
  const timeZone = useZone()
  const now = useNow(form === 'relative')
  const text = {
    instant: () => instantText(at, { timeZone }),
    date: () => dateText(at, { timeZone }),
    day: () => dayText(at, { timeZone }),
    relative: () => relativeText(at, now),
  }[form]()
  return (
    <time dateTime={at} title={told(at, timeZone)}>
      {text}
    </time>
  )
}

const told = (at: string, timeZone: string): string => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const zones = [...new Set([timeZone, 'UTC', own])]
  const lines = zones.map((zone) => `${instantText(at, { timeZone: zone })} ${zoneText(zone)}`)
  return [...lines, at].join('\n')
}

const TICK_MS = 15_000

/** The current time, updated while mounted. */
export const useNow = (isTicking = true): number => {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isTicking) return
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [isTicking])
  return now
}
