import { HOT } from './generated/hot-path.ts'
import { LATE_NAMES } from './generated/names.ts'

/** Every operation by name, as the facade reads it. */
export const namesOf = (): readonly string[] => [
  ...Object.keys(HOT),
  ...LATE_NAMES.split('\n').flatMap((line) => {
    const [resource, ...verbs] = line.split(' ')
    return verbs.map((verb) => `${resource}.${verb}`)
  }),
]
