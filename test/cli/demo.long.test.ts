import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isLong } from '../setup/form.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { printedBy, runCommand, SLOW } from './run-command.ts'

const folder = temporaryFolders()()

describe('tollgate demo', SLOW, () => {
  it('fills a database that doctor finds correct, and adds nothing the second time', async () => {
    const data = ['--data', join(folder, 'data')]
    const size = ['--days', isLong ? '20' : '9', '--organizations', '7', '--seed', '3']
    const first = await printedBy(['demo', ...data, ...size])
    const [, added = ''] = /^([\d,]+) events added, 0 events there before$/m.exec(first) ?? []
    expect(Number(added.replaceAll(',', ''))).toBeGreaterThan(1_000)
    expect(first).toContain('7 organizations with traffic until ')

    const second = await printedBy(['demo', ...data, ...size])
    expect(second).toContain(`0 events added, ${added} events there before\n`)
    expect(await runCommand(['doctor', ...data])).toMatchObject({ code: 0 })
  })

  it('refuses an invalid size', async () => {
    for (const size of [
      ['--days', '0'],
      ['--organizations', 'many'],
      ['--seed', '-1'],
    ]) {
      const { code, stderr } = await runCommand(['demo', ...size])
      expect(code).toBe(1)
      expect(stderr).toContain('Must be a whole number from ')
    }
  })
})
