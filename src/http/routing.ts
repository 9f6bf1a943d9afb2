import { closest } from 'fastest-levenshtein'
import { operations } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { doorRoutes } from './door-routes.ts'

/** The methods that a path takes; none when there is no such path. */
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
  // A GET that does something has no HEAD.
  return here.some(({ method }) => method === 'get') ? [...methods, 'HEAD'] : [...methods]
}

/** The path most like one that there is not, for who mistyped it. */
export const nearestPath = (path: string): string => {
  const paths = [...operations, ...doorRoutes.map(({ operation }) => operation)].map(
    (one) => one.path,
  )
  return closest(path.slice(0, LONGEST_PATH), paths)
}

/** The distance takes as long as both are long. */
const LONGEST_PATH = 200

/** A parameter in braces stands for one segment, whatever it holds. */
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
