/**
 * Whether a statement failed because of its data (SQLSTATE classes 22, data exception, and 23,
 * integrity). Then only that item fails again, and the others can be written.
 */
export const isItemFault = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^2[23]/.test(error.code)
