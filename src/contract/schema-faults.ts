import type { z } from 'zod'
import { type Fault, fieldPath, quoted } from '../core/fault.ts'

/** Formats the path of an issue; the default is `plans[2].limits[0].meter`. */
export type FieldNamer = (path: readonly PropertyKey[]) => string

/** Converts issues of a schema to faults by field. Each unknown key becomes its own fault. */
export const faultsOfIssues = (
  issues: readonly z.core.$ZodIssue[],
  nameField: FieldNamer = fieldPath,
): Fault[] => {
  /** A value that is not a list is not also reported as too short. */
  const mistaken = new Set<string>()
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: nameField([...issue.path, key]),
        message: `there is no field ${quoted(key)} here`,
      }))
    }
    const field = nameField(issue.path)
    if (mistaken.has(field)) return []
    if (issue.code === 'invalid_type') mistaken.add(field)
    return [{ field, message: messageOf(issue) }]
  })
}

/** Keeps the input in issues, so that absent values differ from wrong ones. */
export const PARSING = { reportInput: true } as const

/** Messages of zod itself. Tollgate's own messages begin differently. */
const OF_ZOD = /^(?:Invalid|Too|Unrecognized) /

const messageOf = (issue: z.core.$ZodIssue): string => {
  if (MISSING.has(issue.code) && 'input' in issue && issue.input === undefined) return 'is required'
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues
    return first ? messageOf(first) : 'is not a valid name'
  }
  if (!OF_ZOD.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number' && typeof issue.input === 'number') {
        return 'must be a finite number'
      }
      return `must be ${KINDS[issue.expected] ?? `of the type ${issue.expected}`}`
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.join(', ')}`
    case 'too_small':
      return tooFew(issue)
    case 'too_big':
      return tooMany(issue)
    case 'invalid_format':
      return formatted(issue)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    default:
      return 'is not valid'
  }
}

const MISSING = new Set<string>(['invalid_type', 'invalid_value', 'invalid_union'])

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
}

const tooFew = ({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string => {
  if (origin === 'string') return `must be at least ${minimum} characters`
  if (origin === 'array') return `must have at least ${minimum} ${minimum === 1 ? 'item' : 'items'}`
  return inclusive ? `must be at least ${minimum}` : `must be above ${minimum}`
}

const tooMany = ({ origin, maximum, inclusive }: z.core.$ZodIssueTooBig): string => {
  if (origin === 'string') return `must be at most ${maximum} characters`
  if (origin === 'array') return `must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}`
  return inclusive ? `must be at most ${maximum}` : `must be below ${maximum}`
}

const formatted = ({ format, pattern }: z.core.$ZodIssueInvalidStringFormat): string => {
  if (format === 'datetime') {
    return 'must be an ISO 8601 instant with an offset, such as 2026-01-31T09:30:00Z'
  }
  return pattern && format === 'regex' ? `must match ${pattern}` : `must be of the form ${format}`
}
