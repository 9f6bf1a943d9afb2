import type { z } from 'zod'
import { fieldPath } from '../core/fault.ts'
import { invalid } from './errors.ts'
import { faultsOfIssues, PARSING } from './schema-faults.ts'

/** So many faults are named at once; who mends them is told of the others. */
const MOST_FAULTS = 100

/** What the schema makes of the input, or one error that names every field at fault. */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root = '',
): z.output<Schema> => {
  const found = schema.safeParse(input)
  if (found.success) return found.data
  // Only for a refusal: to report what was sent costs good input a fifth of its time.
  const { error } = schema.safeParse(input, PARSING)
  const nameOf = (path: readonly PropertyKey[]) => fieldPath(path, root) || 'body'
  throw invalid(...faultsOfIssues((error ?? found.error).issues, nameOf).slice(0, MOST_FAULTS))
}
