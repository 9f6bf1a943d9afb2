/**
 * Whether a failed statement was refused for what is in it (SQLSTATE classes 22, data exception,
 * and 23, integrity): then it fails again for that item only, and the others can be written.
 */
export const isItemFault = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^2[23]/.test(error.code)
