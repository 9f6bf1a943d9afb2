import type { TollgateError } from '../../src/client/index.ts'

/** What the API says is wrong with a field, to stand beside it. */
export const faultOf = (error: TollgateError | null, field: string): string | undefined =>
  error?.faults.find((fault) => fault.field === field || fault.field.endsWith(`.${field}`))?.message
