import type { z } from 'zod'
import { type Fault, fieldPath, quoted } from '../core/fault.ts'

/** Writes the path of an issue; the standard one is `plans[2].limits[0].meter`. */
export type FieldNamer = (path: readonly PropertyKey[]) => string

/** What a schema found wrong, each with its field; every unknown key is a fault of its own. */
export const faultsOfIssues = (
  issues: readonly z.core.$ZodIssue[],
  nameField: FieldNamer = fieldPath,
): Fault[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: nameField([...issue.path, key]),
        message: `there is no field ${quoted(key)} here`,
      }))
    }
    return [{ field: nameField(issue.path), message: messageOf(issue) }]
  })

const messageOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return 'is required'
  }
  return issue.message
}
