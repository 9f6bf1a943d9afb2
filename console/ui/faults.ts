import type { TollgateError } from '../../src/client/index.ts'

/** The API's error message for a field. */
export const faultOf = (error: TollgateError | null, field: string): string | undefined =>
  error?.faults.find((fault) => fault.field === field || fault.field.endsWith(`.${field}`))?.message
