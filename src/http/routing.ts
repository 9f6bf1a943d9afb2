import { closest } from 'fastest-levenshtein'
import { operations } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { doorRoutes } from './door-routes.ts'

/** The methods of a path; empty for an unknown path. */
export const methodsAt = (path: string): readonly string[] => {
  const all: readonly Operation[] = [...operations, ...doorRoutes.map(({ operation }) => operation)]
  const here = all.filter(
    ({ path: own, http }) =>
      [own, http.alias].some((one) => one && matches(one, path)) ||
      (http.below === true && path.startsWith(`${own}/`)),
  )
  const methods = new Set(
    here
      .flatMap(({ method, right }) => (right === 'cron' ? ['get', method] : [method]))
      .map((method) => method.toUpperCase()),
  )
  // A GET with an effect has no HEAD.
  return here.some(({ method }) => method === 'get') ? [...methods, 'HEAD'] : [...methods]
}

/** The path that is most similar to an unknown one, for typing errors. */
export const nearestPath = (path: string): string => {
  const paths = [...operations, ...doorRoutes.map(({ operation }) => operation)].map(
    (one) => one.path,
  )
  return closest(path.slice(0, LONGEST_PATH), paths)
}

/** The time grows with the product of both lengths. */
const LONGEST_PATH = 200

/** A parameter in braces matches any one segment. */
const matches = (template: string, path: string): boolean => {
  const wanted = template.split('/')
  const given = path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) => segment === given[index] || isParameter(segment, given[index]))
  )
}

const isParameter = (segment: string, given: string | undefined): boolean =>
  segment.startsWith('{') && given !== ''
