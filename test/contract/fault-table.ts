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
 * A table of faults. Each has a name and a change to the shop catalog: `path = JSON`, or an empty
 * value to delete it. After `=>` it has the field and a part of the message.
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

/** The changed shop catalog has exactly this fault. */
export const expectOnlyThatFault = ({ path, value, field, message }: FaultCase): void => {
  const faults = faultsAfter((document) => change(document, path, value))
  expect(faults).toEqual([{ field, message: expect.stringContaining(message) }])
}

/** Checks that the parser skipped no line of a table. */
export const expectAllRead = (table: string): void => {
  const names = table.split('\n').filter((line) => /^\S/.test(line))
  expect(readCases(table).map((each) => each.name)).toEqual(names)
}
