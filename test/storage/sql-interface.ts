/**
 * The database objects that a version's processes call: functions with their parameters and
 * results, and composite types with their attributes. During a rollout, processes of the previous
 * version still call the ones they know.
 */
export interface SqlInterface {
  readonly functions: readonly SqlFunction[]
  readonly types: readonly SqlType[]
}

interface SqlFunction {
  readonly name: string
  readonly parameters: readonly string[]
  readonly result: string
  /**
   * The mark above an old form: kept for the previous version's processes, and dropped by the next.
   */
  readonly isDeprecated: boolean
}

interface SqlType {
  readonly name: string
  readonly attributes: string
}

/** Reads docs/reference/schema.sql, or a release's list in the same form. */
export const interfaceIn = (schema: string): SqlInterface => ({
  functions: [...schema.matchAll(FUNCTION)].map(
    ([, comment = '', name = '', parameters = '', result = '']) => ({
      name,
      parameters: partsOf(parameters),
      result: inOneLine(result),
      isDeprecated: comment.includes('-- deprecated:'),
    }),
  ),
  types: [...schema.matchAll(TYPE)].map(([, name = '', attributes = '']) => ({
    name,
    attributes: inOneLine(attributes),
  })),
})

const FUNCTION =
  /((?:^--.*\n)*)^create function tollgate\.(\w+)\(([\s\S]*?)\)\s*returns ([\s\S]*?) language /gm
const TYPE = /^create type tollgate\.(\w+) as \(([\s\S]*?)\n\);/gm

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Splits at commas outside brackets. */
const partsOf = (list: string): string[] =>
  inOneLine(list)
    .split(/, (?![^(]*\))/)
    .filter((part) => part !== '')

/** The part of an interface that TypeScript code names. */
export const calledBy = (code: string, { functions, types }: SqlInterface): SqlInterface => {
  const called = new Set([...code.matchAll(/\btollgate\.(\w+)\s*\(/g)].map(([, name]) => name))
  const made = new Set([...code.matchAll(/::tollgate\.(\w+)/g)].map(([, name]) => name))
  return {
    functions: functions.filter((one) => called.has(one.name) && !one.isDeprecated),
    types: types.filter(({ name }) => made.has(name)),
  }
}

/** A release's list. */
export const listOf = ({ functions, types }: SqlInterface): string =>
  [
    ...types.map(({ name, attributes }) => `create type tollgate.${name} as (\n${attributes}\n);`),
    ...functions.map(
      (one) =>
        `create function tollgate.${one.name}(${one.parameters.join(', ')})\nreturns ${one.result} language sql;`,
    ),
  ].join('\n\n')

/** The objects that a process of that release would miss now. */
export const missingOf = (released: SqlInterface, present: SqlInterface): string[] => [
  ...released.types
    .filter((type) => !present.types.some((one) => isSameType(type, one)))
    .map(({ name }) => name),
  ...released.functions
    .filter((known) => !present.functions.some((one) => answers(one, known)))
    .map(({ name }) => name),
]

/**
 * The objects that SQL declares broken since a version: `-- breaking in 0.2.0: tollgate.take: …`.
 */
export const brokenSince = (version: string, sql: string): string[] =>
  [...sql.matchAll(/^-- breaking in ([\d.]+): (tollgate\.\w+(?:, tollgate\.\w+)*)/gm)]
    .filter(([, at = '']) => isLater(at, version))
    .flatMap(([, , names = '']) => names.split(', ').map((name) => name.slice('tollgate.'.length)))

const isLater = (one: string, other: string): boolean =>
  one.localeCompare(other, 'en', { numeric: true }) > 0

const isSameType = (one: SqlType, other: SqlType): boolean =>
  one.name === other.name && one.attributes === other.attributes

/** Additional parameters with defaults, and additional columns, are compatible. */
const answers = (present: SqlFunction, known: SqlFunction): boolean =>
  present.name === known.name &&
  known.parameters.every((parameter, at) => present.parameters[at] === parameter) &&
  present.parameters.slice(known.parameters.length).every((one) => / default /.test(one)) &&
  hasResult(present.result, known.result)

const hasResult = (present: string, known: string): boolean => {
  if (present === known) return true
  const [columns, knownColumns] = [columnsOf(present), columnsOf(known)]
  return columns !== undefined && (knownColumns?.every((one) => columns.includes(one)) ?? false)
}

const columnsOf = (result: string): string[] | undefined => {
  const [, columns] = /^table \((.*)\)$/.exec(result) ?? []
  return columns === undefined ? undefined : partsOf(columns)
}
