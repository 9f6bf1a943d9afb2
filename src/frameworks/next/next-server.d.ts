/** What of `next/server.js` is used: Next is no dependency, and is there where this door is used. */
declare module 'next/server.js' {
  export const after: ((task: () => unknown) => void) | undefined
  export const connection: (() => Promise<void>) | undefined
}
