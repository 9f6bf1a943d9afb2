import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { warnOfUnknown } from '../../src/cli/unknown-variables.ts'
import { VARIABLES } from '../../src/cli/variables.ts'

const CLI = resolve(import.meta.dirname, '../../src/cli')

const warned = (env: CliContext['env']): string => {
  let text = ''
  const stderr = {
    write: (more: string) => {
      text += more
    },
  }
  warnOfUnknown({ env, stderr } as CliContext)
  return text
}

describe('an environment variable', () => {
  it.each([
    ['TOLLGATE_JWT_SECRET', 'JWT_SECRET'],
    ['TOLLGATE_ADMINKEY', 'TOLLGATE_ADMIN_KEY'],
    ['TOLLGATE_DATABASE_URL', 'DATABASE_URL'],
  ])('that nothing reads is reported, with the nearest known name: %s', (name, nearest) => {
    const secret = 'never-shown'
    expect(warned({ [name]: secret })).toBe(
      `warning: no setting is named ${name}; did you mean ${nearest}?\n`,
    )
  })

  it('that is read, or belongs to another program, is not reported', () => {
    const known = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, 'x']))
    expect(warned({ ...known, PATH: '/bin', JWT_SECRETS: 'x' })).toBe('')
  })

  it('is in the list if the program names it', () => {
    const named = readdirSync(CLI, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('variables.ts'))
      .flatMap((file) => readFileSync(join(CLI, file), 'utf8').match(/TOLLGATE_[A-Z_]+/g) ?? [])
    expect([...new Set(named)].filter((name) => !Object.hasOwn(VARIABLES, name))).toEqual([])
    expect(named.length).toBeGreaterThan(5)
  })
})
