import { openPglite } from '../../src/storage/pglite/open.ts'

/**
 * Keeps one embedded database open in each process of the run. V8 shares the compiled WebAssembly
 * among threads for as long as one of them has it, so every other database of the process opens in
 * half the time.
 */
const kept = globalThis as { tollgateKeptOpen?: Promise<unknown> }
kept.tollgateKeptOpen ??= openPglite()
await kept.tollgateKeptOpen
