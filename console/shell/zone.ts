import { useSearch } from '@tanstack/react-router'

/** The displayed time zone: UTC, in which limits reset, or the browser's own. */
export const ZONES = ['utc', 'yours'] as const
export type Zone = (typeof ZONES)[number]

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The IANA name of the selected zone. */
export const useZone = (): string => {
  const { zone } = useSearch({ strict: false }) as { zone?: Zone }
  return zone === 'yours' ? ownZone() : 'UTC'
}
