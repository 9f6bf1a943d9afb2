import { useSearch } from '@tanstack/react-router'
import { createContext, useContext, useMemo } from 'react'
import { type TimeStyle, timeStyle, UTC } from '../../src/react/format/index.ts'

/** The displayed time zone: UTC, in which limits reset, or the browser's own. */
export const ZONES = ['utc', 'yours'] as const
export type Zone = (typeof ZONES)[number]

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The selected zone and the browser's own, each with its formatters. */
export interface ZoneStyles {
  readonly selected: TimeStyle
  readonly own: TimeStyle
}

/** Provided once by the shell: a table has hundreds of times. */
export const ZoneContext = createContext<ZoneStyles>({ selected: UTC, own: UTC })

export const useZoneFromAddress = (): ZoneStyles => {
  const { zone } = useSearch({ strict: false }) as { zone?: Zone }
  const own = useMemo(() => timeStyle(ownZone()), [])
  return useMemo(() => ({ selected: zone === 'yours' ? own : UTC, own }), [zone, own])
}

/** The style of all times in the selected zone. */
export const useTimeStyle = (): TimeStyle => useContext(ZoneContext).selected

/** The IANA name of the selected zone. */
export const useZone = (): string => useTimeStyle().timeZone
