import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** What is different by form, beside the modules that ask for the form themselves. */
const BY_FORM =
  /\b(isLong|describeTollgate|describeByForm|describeEmbeddedFirst|describeInProcess|describeInProcessByForm|describeOnEverySubstrate|describeAtLength)\b|\btimes\(/
/** Its name says that a file runs in the long form only. */
export const LONG_ONLY = '**/*.long.test.{ts,tsx}'
/** They offer both what is by form and what is not: only their names say which is used. */
const OFFERS_BOTH = /\/(form|substrates|describe-tollgate|long-files-first|long-form)\.ts$/

/**
 * The test files that run in the long form as they do in the short one, by path from the project's
 * root. `npm test` has run them, so `npm run test:long` leaves them out.
 */
export const withoutLongForm = (): readonly string[] => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(ROOT, 'test', name))
  const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
  const known = new Map<string, boolean>()
  const isByForm = (file: string): boolean => {
    const before = known.get(file)
    if (before !== undefined) return before
    known.set(file, false)
    const text = texts.get(file) ?? ''
    const imported = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) =>
      resolve(file, '..', path),
    )
    const answer =
      BY_FORM.test(text) ||
      imported.some((path) => texts.has(path) && !OFFERS_BOTH.test(path) && isByForm(path))
    known.set(file, answer)
    return answer
  }
  return files
    .filter((file) => /(?<!\.long)\.test\.tsx?$/.test(file) && !isByForm(file))
    .map((file) => relative(ROOT, file))
}
