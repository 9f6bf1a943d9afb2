import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import { printedBy, runCommand } from './run-command.ts'

const folder = temporaryFolders()()

describeOnAnyDatabase('tollgate doctor', (at, open) => {
  beforeAll(async () => {
    const file = join(folder, 'rows.csv')
    const rows = Array.from({ length: 50 }, (_, second) => `2024-02-01 10:00:${second + 10},40,2`)
    await writeFile(file, `When,Read,Wrote\n${rows.join('\n')}\n`)
    await printedBy([
      ...['replay', file, ...at(), '--organization', 'acme', '--plan', 'rag-chatbot/pro'],
      ...['--event', 'chat_message', '--model', 'gpt-4o', '--time', 'When'],
      ...['--input-tokens', 'Read', '--output-tokens', 'Wrote'],
    ])
  })

  const plant = async (statement: string): Promise<void> => {
    const database = await open()
    await database.script(statement)
    await database.close()
  }

  const doctor = (...args: readonly string[]) => runCommand(['doctor', ...at(), ...args])

  it('reports what it compared, and exits with 0 if everything agrees', async () => {
    const { code, stdout } = await doctor()
    expect(stdout).toMatch(/50 raw events.*\nEverything agrees\.\n$/)
    expect(code).toBe(0)
  })

  it('finds a manipulated figure, and repairs it on request', async () => {
    await plant(`
      update tollgate.rollups set input_tokens = input_tokens + 1
      where dimension = 'total' and grain = 'day';
      update tollgate.buckets set used = used - 3
      where meter = 'tokens' and window_name = 'month'`)
    const found = await doctor()
    expect(found.code).toBe(1)
    expect(found.stdout).toContain('2 differences:')
    expect(found.stdout).toMatch(/acme: rollup total .*day of 2024-02-01T00:00:00\.000Z: stored/)
    expect(found.stdout).toMatch(/acme: bucket tokens, month of .*: stored 2097, recomputed 2100/)

    const asJson = await doctor('--json')
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.stdout)).toMatchObject({ clean: false, differenceCount: 2 })

    const repaired = await doctor('--repair')
    expect(repaired.stdout).toContain('Repaired: everything agrees now.')
    expect(repaired.code).toBe(0)
    expect((await doctor()).stdout).toContain('Everything agrees.')
  })

  it('checks only windows within the range', async () => {
    await plant(`
      update tollgate.rollups set events = events + 1 where dimension = 'total' and grain = 'hour'`)
    const outside = await doctor('--from', '2024-02-02', '--to', '2024-03-01')
    const inside = await doctor('--from', '2024-02-01', '--to', '2024-02-02')
    expect([outside.code, inside.code]).toEqual([0, 1])
    expect(inside.stdout).toContain('1 difference:')
  })
})
