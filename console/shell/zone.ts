import { useSearch } from '@tanstack/react-router'

/** Whose days and hours are shown: UTC, in which limits count, or those of who looks. */
export const ZONES = ['utc', 'yours'] as const
export type Zone = (typeof ZONES)[number]

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The IANA name of the zone that the address asks for. */
export const useZone = (): string => {
  const { zone } = useSearch({ strict: false }) as { zone?: Zone }
  return zone === 'yours' ? ownZone() : 'UTC'
}
