import { InvalidArgumentError } from 'commander'
import { parseCsvInstant } from './replay/csv-instant.ts'

/** For options that may be given several times. */
export const appended = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
]

/** A whole number within bounds. */
export const wholeNumber = (min: number, max: number) => (text: string) => {
  const value = Number(text)
  if (/^\d{1,12}$/.test(text) && value >= min && value <= max) return value
  throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`)
}

/** A time, in UTC unless it says otherwise. */
export const instant = (text: string): Date => {
  const at = parseCsvInstant(text)
  if (!at) throw new InvalidArgumentError('Must be a time such as 2026-01-31 or 2026-01-31T09:30Z.')
  return at
}
