import type { z } from 'zod'
import { fieldPath } from '../core/fault.ts'
import { invalid } from './errors.ts'
import { faultsOfIssues, PARSING } from './schema-faults.ts'

/** The most faults in one error. The others are reported once these are fixed. */
const MOST_FAULTS = 100

/**
 * Parses an input by a schema. Throws one `invalid_request` error that names every faulty field.
 */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  root = '',
): z.output<Schema> => {
  const found = schema.safeParse(input)
  if (found.success) return found.data
  // Parses again only on failure, because reporting the input costs valid input a fifth of its
  // time.
  const { error } = schema.safeParse(input, PARSING)
  const nameOf = (path: readonly PropertyKey[]) => fieldPath(path, root) || 'body'
  throw invalid(...faultsOfIssues((error ?? found.error).issues, nameOf).slice(0, MOST_FAULTS))
}
