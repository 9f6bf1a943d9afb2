import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'

const ROOT = resolve(import.meta.dirname, '../..')

interface Ran {
  readonly code: number
  readonly stdout: string
}

const run = (args: readonly string[]): Promise<Ran> =>
  new Promise((done) => {
    execFile(
      process.execPath,
      [...NODE_ARGUMENTS, ...args],
      { cwd: ROOT },
      (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, stdout: stdout + stderr }),
    )
  })

describe('the demos', () => {
  it.each([
    ['usage', 19],
    ['isolation', 23],
  ])('of %s prove what they print, and exit with 0', { timeout: 60_000 }, async (name, proofs) => {
    const { code, stdout } = await run([`examples/demos/${name}.mjs`])
    expect([code, stdout]).toEqual([0, expect.stringMatching(`All ${proofs} proofs hold\\.\n$`)])
    expect(stdout.match(/^ {2}✔ /gm)).toHaveLength(proofs)
  })

  it('exit with 1 if a proof fails, and print the actual figure', async () => {
    const { code, stdout } = await run([
      '--input-type=module',
      '-e',
      `import { openProofs } from '${ROOT}/examples/demos/proofs.mjs'
       const { prove, end } = openProofs()
       prove('credits', { used: 27 }, { used: 28 })
       prove('calls', 1, 1)
       end()`,
    ])
    expect(code).toBe(1)
    expect(stdout).toContain('✘ credits: {"used":27}\n      it should be {"used":28}')
    expect(stdout).toContain('1 of 2 proofs FAILED.')
  })
})
