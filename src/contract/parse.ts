import type { z } from 'zod'
import { fieldPath } from '../core/fault.ts'
import { invalid } from './errors.ts'
import { faultsOfIssues } from './schema-faults.ts'

/** What the schema makes of the input, or one error that names every field at fault. */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root = '',
): z.output<Schema> => {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw invalid(...faultsOfIssues(result.error.issues, (path) => fieldPath(path, root) || 'body'))
}
