/**
 * For the processes of tests that open an embedded database and soon end: V8 compiles its
 * WebAssembly once and plainly, and does not spend a second of a core on making it faster for later.
 */
export const NODE_ARGUMENTS = ['--liftoff-only'] as const
