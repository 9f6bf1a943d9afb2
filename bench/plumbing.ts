/** From the compiled engine, because the source has its own symbol. */
export const { plumbingOf } = (await import('../dist/engine/plumbing.js')) as Pick<
  typeof import('../src/engine/plumbing.ts'),
  'plumbingOf'
>
