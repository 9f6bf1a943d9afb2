import { distance } from 'fastest-levenshtein'
import { type CliContext, print } from './context.ts'
import { VARIABLES } from './variables.ts'

const PREFIX = 'TOLLGATE_'

/**
 * Warns about variables with Tollgate's prefix that no code reads, and suggests the nearest name.
 */
export const warnOfUnknown = ({ env, stderr }: CliContext): void => {
  const unknown = Object.keys(env).filter(
    (name) =>
      name.startsWith(PREFIX) && !name.startsWith(OF_TESTS) && !Object.hasOwn(VARIABLES, name),
  )
  for (const name of unknown.sort()) {
    print(stderr, `warning: no setting is named ${name}; did you mean ${nearest(name)}?`)
  }
}

/** Variables of the tests, which started servers inherit. */
const OF_TESTS = 'TOLLGATE_TEST'

/** Compares the names without the prefix, which some variables have and others do not. */
const nearest = (name: string): string => {
  const bare = (one: string): string => one.replace(PREFIX, '')
  const far = (one: string): number => distance(bare(name), bare(one))
  return Object.keys(VARIABLES).reduce((best, one) => (far(one) < far(best) ? one : best))
}
