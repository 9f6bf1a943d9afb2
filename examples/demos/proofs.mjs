import { isDeepStrictEqual } from 'node:util'

/**
 * Compares claims with expected figures and prints each. `end` prints how many held, and sets exit
 * code 1 if one failed.
 */
export const openProofs = (print = console.log) => {
  let held = 0
  let failed = 0
  return {
    chapter: (title) => print(`\n${title}`),
    /** Prints a line that claims nothing. */
    note: (text) => print(`    ${text}`),
    prove: (claim, found, expected) => {
      const holds = isDeepStrictEqual(found, expected)
      if (holds) held += 1
      else failed += 1
      print(`  ${holds ? '✔' : '✘'} ${claim}: ${shown(found)}`)
      if (!holds) print(`      it should be ${shown(expected)}`)
    },
    end: () => {
      print(
        failed === 0
          ? `\nAll ${held} proofs hold.`
          : `\n${failed} of ${held + failed} proofs FAILED.`,
      )
      if (failed > 0) process.exitCode = 1
    },
  }
}

const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
