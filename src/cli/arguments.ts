import { InvalidArgumentError } from 'commander'
import { parseCsvInstant } from './replay/csv-instant.ts'

/** Collects an option that may be given several times. */
export const appended = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
]

/** Parses a whole number within bounds. */
export const wholeNumber = (min: number, max: number) => (text: string) => {
  const value = Number(text)
  if (/^\d{1,12}$/.test(text) && value >= min && value <= max) return value
  throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`)
}

/** Parses a time, in UTC unless it has a zone. */
export const instant = (text: string): Date => {
  const at = parseCsvInstant(text)
  if (!at) throw new InvalidArgumentError('Must be a time such as 2026-01-31 or 2026-01-31T09:30Z.')
  return at
}
