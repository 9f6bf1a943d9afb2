import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import { printedBy, runCommand } from './run-command.ts'

const folder = temporaryFolders()()
const anchors = join(folder, 'anchors.jsonl')

describeOnAnyDatabase('tollgate audit', (at, open) => {
  const onDatabase = async (statement: string): Promise<void> => {
    const database = await open()
    await database.script(statement)
    await database.close()
  }

  beforeAll(async () => {
    const rows = join(folder, 'rows.csv')
    await writeFile(rows, 'When\n2024-02-01 10:00:00\n')
    await printedBy([
      ...['replay', rows, ...at(), '--organization', 'acme', '--plan', 'rag-chatbot/pro'],
      ...['--event', 'api_call', '--time', 'When'],
    ])
    for (const name of ['one', 'two', 'three']) {
      await printedBy(['keys', 'create', ...at(), '--organization', 'acme', '--name', name])
    }
  }, 120_000)

  const verify = (...args: readonly string[]) => runCommand(['audit', 'verify', ...at(), ...args])

  it('reports how much it recomputed, and exits with 0 if every chain is intact', async () => {
    const { code, stdout } = await verify()
    expect(stdout).toMatch(/^Recomputed \d+ entries of 2 chains\.\nEvery chain is whole\.\n$/)
    expect(code).toBe(0)
    const { code: none, stderr } = await verify('--org', 'nobody')
    expect([none, stderr]).toEqual([1, 'There is no audit log of nobody.\n'])
  })

  it("prints each chain's head as an anchor, and verifies it any number of times", async () => {
    for (let round = 0; round < 2; round += 1) {
      await appendFile(anchors, await printedBy(['audit', 'anchor', ...at()]))
    }
    const { code, stdout } = await verify('--anchors', anchors)
    expect(stdout).toContain('4 anchors found in them.')
    expect(code).toBe(0)
    const one = await verify('--anchors', anchors, '--org', 'acme')
    expect(one.stdout).toContain('Recomputed 4 entries of 1 chain.\n2 anchors found in them.')
  })

  it('names the line that is not an anchor', async () => {
    const file = join(folder, 'wrong.jsonl')
    await writeFile(file, '\n{"organizationId":"acme","sequence":1,"hash":"x"}\n')
    const { code, stderr } = await verify('--anchors', file)
    expect(stderr).toContain('wrong.jsonl, line 2: is not output of `tollgate audit anchor`.')
    expect(code).toBe(1)
  })

  it('names the first bad entry and every disabled guard, and exits with 1', async () => {
    await onDatabase(`
      alter table tollgate.audit_events disable trigger "entries do not change";
      alter table tollgate.audit_events
        drop constraint "a hash commits to the entry and to the one before";
      update tollgate.audit_events set entry = replace(entry, 'two', 'tow')
      where organization_id = 'acme' and sequence = 3`)
    const { code, stdout } = await verify('--anchors', anchors)
    expect(stdout).toContain('The guard "entries do not change" is missing or disabled.')
    expect(stdout).toContain('acme, entry 3: altered (')
    expect(code).toBe(1)
    const asJson = await verify('--json')
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      clean: false,
      faults: [{ organizationId: 'acme', sequence: 3, fault: 'altered' }],
    })
    const others = await verify('--org', '')
    expect(others.stdout).not.toContain('altered')
  })
})
