/**
 * The used part of `next/server.js`. Next is not a dependency; it is installed where this is used.
 */
declare module 'next/server.js' {
  export const after: ((task: () => unknown) => void) | undefined
  export const connection: (() => Promise<void>) | undefined
}
