import { z } from 'zod'

/**
 * Text that PostgreSQL can hold: well-formed Unicode without NUL. Everything else (SQL, HTML,
 * right-to-left marks) is kept as given, and escaped where it is shown.
 */
export const storableText = (maxLength: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .refine((text) => isStorable(text), 'must be well-formed Unicode without NUL characters')

export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Ids that callers choose for organizations: they stand in URLs and headers, so a narrow alphabet. */
export const ORGANIZATION_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/

export const organizationIdSchema = z
  .string()
  .regex(
    ORGANIZATION_ID,
    'must be 1 to 128 letters, digits, "_", ".", ":" or "-", starting with a letter or digit',
  )

/** An instant as ISO 8601 with an offset (or `Z`), or a `Date` in the library. Becomes a `Date`. */
export const instantSchema = z
  .union([z.iso.datetime({ offset: true }), z.date()], {
    error: 'must be an ISO 8601 instant with an offset, such as 2026-01-31T09:30:00Z',
  })
  .transform((value) => new Date(value))
  .refine((date) => !Number.isNaN(date.getTime()), 'must be a date that exists')

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether a text can be an id that was made here: what cannot need not be looked for. */
export const isUuid = (text: string): boolean => UUID.test(text)
