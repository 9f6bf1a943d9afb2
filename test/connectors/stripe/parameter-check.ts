import { STRIPE_PARAMETERS } from './generated/parameters.ts'
import {
  IDEMPOTENCY_KEY,
  METADATA,
  MOST_AMOUNT,
  MOST_LISTED,
  OTHER_TEXT,
  TEXT_LIMITS,
} from './parameter-limits.ts'
import type { Fields, Shape } from './parameter-shapes.ts'

/** A request as received. */
export interface CheckedRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: URLSearchParams
  readonly idempotencyKey?: string | undefined
}

type Given = string | Map<string, Given>

/** The parameters of a request that Stripe would refuse; empty if all are valid. */
export const faultsOf = (request: CheckedRequest): readonly string[] => {
  const name = nameOf(request)
  const fields = name === undefined ? undefined : STRIPE_PARAMETERS[name]
  if (name === undefined || !fields) return [`${request.method} ${request.path}: unknown request`]
  const given = treeOf(request.method === 'GET' ? request.query : request.body)
  const faults = [...fieldFaults(name, '', fields, given)]
  const beside = request.method === 'GET' ? request.body : request.query
  for (const [other] of beside) faults.push(`${other}: not where its parameters are`)
  const { idempotencyKey = '' } = request
  if (idempotencyKey.length > IDEMPOTENCY_KEY) faults.push('Idempotency-Key: too long')
  return faults.map((fault) => `${name}: ${fault}`)
}

const segmentsOf = (path: string): readonly string[] => path.split('/')

const nameOf = ({ method, path }: CheckedRequest): string | undefined => {
  const given = segmentsOf(`${method} ${path}`)
  return Object.keys(STRIPE_PARAMETERS).find((name) => {
    const wanted = segmentsOf(name)
    return (
      wanted.length === given.length &&
      wanted.every((part, at) => part === given[at] || (part === '{id}' && given[at] !== ''))
    )
  })
}

/** Parses `period[start]=1` into a tree. */
const treeOf = (params: URLSearchParams): Map<string, Given> => {
  const root = new Map<string, Given>()
  for (const [name, value] of params) {
    const [, first = '', rest = ''] = /^([^[]*)(.*)$/.exec(name) ?? []
    const path = [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map(([, part = '']) => part)]
    let at = root
    for (const part of path.slice(0, -1)) {
      const next = at.get(part)
      const inner = next instanceof Map ? next : new Map<string, Given>()
      at.set(part, inner)
      at = inner
    }
    at.set(path.at(-1) as string, value)
  }
  return root
}

function* fieldFaults(
  request: string,
  within: string,
  fields: Fields,
  given: ReadonlyMap<string, Given>,
): Generator<string> {
  const known = new Map(
    Object.entries(fields).map(([name, shape]) => [
      name.replace(/!$/, ''),
      { shape, isRequired: name.endsWith('!') },
    ]),
  )
  for (const [name, { isRequired }] of known) {
    if (isRequired && !given.has(name)) yield `${within}${name}: required`
  }
  for (const [name, value] of given) {
    const one = known.get(name)
    if (one) yield* shapeFaults(request, `${within}${name}`, one.shape, value)
    else yield `${within}${name}: unknown`
  }
}

function* shapeFaults(
  request: string,
  name: string,
  shape: Shape,
  given: Given,
): Generator<string> {
  if (typeof shape !== 'string' && 'either' in shape) {
    const faults = shape.either
      .filter((one) => isTree(one) === given instanceof Map)
      .map((one) => [...shapeFaults(request, name, one, given)])
    // If no variant matches, these are the faults of the last possible one.
    if (!faults.some(({ length }) => length === 0)) {
      yield* faults.at(-1) ?? [`${name}: must be something else`]
    }
    return
  }
  if (shape === 'map') {
    yield* mapFaults(request, name, given)
    return
  }
  if (typeof shape !== 'string' && 'fields' in shape) {
    if (given instanceof Map) yield* fieldFaults(request, `${name}.`, shape.fields, given)
    else yield `${name}: must be an object`
    return
  }
  if (typeof shape !== 'string' && 'list' in shape) {
    if (!(given instanceof Map)) yield `${name}: must be a list`
    else for (const [, one] of given) yield* shapeFaults(request, `${name}[]`, shape.list, one)
    return
  }
  if (typeof given !== 'string') yield `${name}: must be a plain value`
  else yield* plainFaults(request, name, shape, given)
}

const isTree = (shape: Shape): boolean =>
  shape === 'map' || (typeof shape !== 'string' && ('fields' in shape || 'list' in shape))

function* plainFaults(
  request: string,
  name: string,
  shape: Exclude<Shape, object> | { readonly words: readonly string[] },
  given: string,
): Generator<string> {
  if (typeof shape !== 'string') {
    if (!shape.words.includes(given)) yield `${name}: must be one of ${shape.words.join(', ')}`
  } else if (shape === 'number') {
    // All numbers in these requests are whole: cents, seconds, counts.
    if (!/^-?\d+$/.test(given)) yield `${name}: must be a whole number, not ${given}`
    else yield* numberFaults(name, Number(given))
  } else if (shape === 'decimal') {
    if (!/^-?\d+(\.\d{1,12})?$/.test(given)) yield `${name}: must be a decimal`
  } else if (shape === 'boolean') {
    if (given !== 'true' && given !== 'false') yield `${name}: must be true or false`
  } else {
    const most = TEXT_LIMITS[`${request} ${name}`] ?? OTHER_TEXT
    if (given.length > most) yield `${name}: ${given.length} characters, of at most ${most}`
    if (name === 'currency' && !/^[a-z]{3}$/.test(given)) yield `${name}: must be in lowercase`
  }
}

function* numberFaults(name: string, given: number): Generator<string> {
  if (name === 'amount' && Math.abs(given) > MOST_AMOUNT) yield `${name}: more than eight digits`
  if (name === 'limit' && (given < 1 || given > MOST_LISTED)) yield `${name}: must be 1 to 100`
}

function* mapFaults(request: string, name: string, given: Given): Generator<string> {
  if (!(given instanceof Map)) {
    yield `${name}: must be an object`
    return
  }
  if (given.size > METADATA.keys) yield `${name}: ${given.size} keys, of at most ${METADATA.keys}`
  for (const [key, value] of given) {
    if (key.length > METADATA.key) yield `${name}.${key}: a key of ${key.length} characters`
    if (typeof value !== 'string') yield `${name}.${key}: must be a text`
    else if (value.length > METADATA.value) yield `${name}.${key}: ${value.length} characters`
  }
  if (request !== 'POST /v1/billing/meter_events') return
  for (const key of ['stripe_customer_id', 'value']) {
    if (!given.has(key)) yield `${name}.${key}: required`
  }
  const value = given.get('value')
  if (typeof value === 'string' && !/^\d+$/.test(value)) {
    yield `${name}.value: must be a whole number, not ${value}`
  }
}
