/** That of the compiled engine: the source has a symbol of its own. */
export const { plumbingOf } = (await import('../dist/engine/plumbing.js')) as Pick<
  typeof import('../src/engine/plumbing.ts'),
  'plumbingOf'
>
