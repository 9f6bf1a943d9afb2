import { operations } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { doorRoutes } from './door-routes.ts'

/** The methods that a path takes; none when there is no such path. */
export const methodsAt = (path: string): readonly string[] => {
  const all: readonly Operation[] = [...operations, ...doorRoutes.map(({ operation }) => operation)]
  const methods = new Set(
    all
      .filter(({ path: own, http }) => [own, http.alias].some((one) => one && matches(one, path)))
      .map(({ method }) => method.toUpperCase()),
  )
  return methods.has('GET') ? [...methods, 'HEAD'] : [...methods]
}

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
