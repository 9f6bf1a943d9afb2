import { use, useEffect, useState } from 'react'
import {
  dateText,
  dayText,
  instantText,
  relativeText,
  UTC,
  zoneText,
} from '../../src/react/format/index.ts'
import { ZoneContext, type ZoneStyles } from '../shell/zone.ts'

interface TimeProps {
  readonly at: string
  readonly form?: 'instant' | 'date' | 'day' | 'relative'
}

/** A time in the selected zone; the tooltip shows other zones and the ISO text. */
export const Time = ({ at, form = 'instant' }: TimeProps) => {
  const zones = use(ZoneContext)
  const now = useNow(form === 'relative')
  return (
    <time dateTime={at} title={told(at, zones)}>
      {form === 'relative' ? relativeText(at, now) : TEXTS[form](at, zones.selected)}
    </time>
  )
}

const TEXTS = { instant: instantText, date: dateText, day: dayText } as const

const told = (at: string, { selected, own }: ZoneStyles): string => {
  const zones = [selected, UTC, own].filter(
    ({ timeZone }, index, all) => all.findIndex((one) => one.timeZone === timeZone) === index,
  )
  const lines = zones.map((zone) => `${instantText(at, zone)} ${zoneText(zone.timeZone)}`)
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
