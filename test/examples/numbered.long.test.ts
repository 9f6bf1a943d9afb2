import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const names = readdirSync(join(ROOT, 'examples')).filter((name) => /^\d\d-.*\.mjs$/.test(name))

/** What an example prints, as its own last lines say. */
const promisedBy = (name: string): string => {
  const text = readFileSync(join(ROOT, 'examples', name), 'utf8')
  const [, comment = ''] = /\n\/\/ Prints:\n((?:\/\/ .*\n)+)$/.exec(text) ?? []
  return comment.replaceAll(/^\/\/ /gm, '')
}

/**
 * Runs examples one after the other in a process of their own, and gives what each printed. One
 * engine stays open beside them: then the WebAssembly is compiled once.
 */
const RUNNER = `
  import { createTollgate } from 'tollgate'
  const keptOpen = await createTollgate({ database: 'memory' })
  const write = process.stdout.write.bind(process.stdout)
  const printed = {}
  for (const name of JSON.parse(process.argv[1])) {
    let text = ''
    process.stdout.write = (part) => ((text += part), true)
    await import(process.cwd() + '/examples/' + name)
    printed[name] = text.replaceAll(/ +$/gm, '')
  }
  await keptOpen.close()
  write(JSON.stringify(printed))
`
const printedBy = (ran: readonly string[], env: Record<string, string> = {}) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [...NODE_ARGUMENTS, '--input-type=module', '-e', RUNNER, '--', JSON.stringify(ran)],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...env } },
    ),
  ) as Record<string, string>

/** It needs a PostgreSQL, and the README shows the first one, which has its own test. */
const OWN_TRANSACTION = '06-own-transaction.mjs'
const SHOWN = '01-first-call.mjs'

it('numbers the examples from 1, with none left out', () => {
  expect(names.map((name) => Number(name.slice(0, 2)))).toEqual(names.map((_, place) => place + 1))
  expect(names.length).toBeGreaterThanOrEqual(10)
})

it('has every example print what it says that it prints', { timeout: 120_000 }, () => {
  const ran = names.filter((name) => name !== OWN_TRANSACTION && name !== SHOWN)
  const promised = Object.fromEntries(ran.map((name) => [name, promisedBy(name)]))
  expect(Object.values(promised)).not.toContain('')
  expect(printedBy(ran)).toEqual(promised)
})

describeOnPostgres('the example with a transaction of your own', (_open, url) => {
  it('prints what it says that it prints', () => {
    expect(printedBy([OWN_TRANSACTION], { DATABASE_URL: url() })).toEqual({
      [OWN_TRANSACTION]: promisedBy(OWN_TRANSACTION),
    })
  })
})
