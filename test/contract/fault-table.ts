import { expect } from 'vitest'
import { faultsAfter, type Loose } from './shop-catalog.ts'

interface FaultCase {
  readonly name: string
  readonly path: readonly string[]
  readonly value: unknown
  readonly field: string
  readonly message: string
}

/**
 * A table of faults: for each its name; then what is changed in the shop catalog (`path = JSON`,
 * or nothing after `=` to take it away); and after `=>` the field and how the message begins or
 * goes on.
 */
export const readCases = (table: string): FaultCase[] =>
  [...table.matchAll(/^(\S.*)\n {2}(\S.*?) =(.*?)\s+=> (.*?): (.*)$/gm)].map(
    ([, name = '', path = '', value = '', field = '', message = '']) => ({
      name,
      path: path.split('.'),
      value: readValue(value.trim()),
      field,
      message,
    }),
  )

const readValue = (text: string): unknown =>
  text === 'NaN' || text === 'Infinity' ? Number(text) : text && JSON.parse(text)

const change = (document: Loose, path: readonly string[], value: unknown): void => {
  const parent = path.slice(0, -1).reduce((part: Loose, step) => part[step], document)
  const last = path[path.length - 1] ?? ''
  if (value === '') delete parent[last]
  else parent[last] = value
}

/** The shop catalog, changed so, has this fault and no other. */
export const expectOnlyThatFault = ({ path, value, field, message }: FaultCase): void => {
  const faults = faultsAfter((document) => change(document, path, value))
  expect(faults).toEqual([{ field, message: expect.stringContaining(message) }])
}

/** That no line of a table was passed over because it is written otherwise. */
export const expectAllRead = (table: string): void => {
  const names = table.split('\n').filter((line) => /^\S/.test(line))
  expect(readCases(table).map((each) => each.name)).toEqual(names)
}
