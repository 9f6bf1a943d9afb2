import { z } from 'zod'

export { isUuid } from '../core/uuid.ts'

/**
 * Text that PostgreSQL can store: well-formed Unicode without NUL. Other text (SQL, HTML,
 * right-to-left marks) is stored as given and escaped where it is shown.
 */
export const storableText = (maxLength: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .refine((text) => isStorable(text), 'must be well-formed Unicode without NUL characters')

export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/**
 * The syntax of organization ids. The alphabet is narrow because the ids are used in URLs and
 * headers.
 */
export const ORGANIZATION_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/

export const organizationIdSchema = z
  .string()
  .regex(
    ORGANIZATION_ID,
    'must be 1 to 128 letters, digits, "_", ".", ":" or "-", starting with a letter or digit',
  )

/** Ids of budgets are used in URLs and headers too. */
export const budgetIdSchema = z
  .string()
  .regex(ORGANIZATION_ID, 'must be 1 to 128 letters, digits, "_", ".", ":" or "-"')

const ISO_INSTANT = z.iso.datetime({ offset: true })
const LEAP_SECOND = /:60(?=[.Z+-])/
const DAY_MS = 86_400_000

/**
 * Parses an RFC 3339 instant; undefined for other text. Lower-case `t` and `z` are accepted. A leap
 * second at the end of a UTC month becomes the first moment of the next month.
 */
export const instantOf = (text: string): Date | undefined => {
  const upper = text.replace(/[tz]/g, (letter) => letter.toUpperCase())
  if (!LEAP_SECOND.test(upper))
    return ISO_INSTANT.safeParse(upper).success ? new Date(upper) : undefined
  const before = upper.replace(/:60(?:\.\d+)?/, ':59')
  if (!ISO_INSTANT.safeParse(before).success) return undefined
  const next = new Date(new Date(before).getTime() + 1_000)
  return next.getTime() % DAY_MS === 0 && next.getUTCDate() === 1 ? next : undefined
}

/** The text of an instant, unchanged. */
export const instantTextSchema = (message: string) =>
  z
    .string(message)
    .refine((text) => instantOf(text) !== undefined, { message, abort: true })
    .meta({ format: 'date-time' })

const NO_INSTANT = 'must be an ISO 8601 instant with an offset, such as 2026-01-31T09:30:00Z'

/**
 * An instant as ISO 8601 with an offset (or `Z`), or a `Date` in the library. Parses to a `Date`.
 */
export const instantSchema = z
  .union([instantTextSchema(NO_INSTANT), z.date()], { error: NO_INSTANT })
  .transform((value) => (typeof value === 'string' ? (instantOf(value) as Date) : value))
  .refine((date) => !Number.isNaN(date.getTime()), 'must be a date that exists')
