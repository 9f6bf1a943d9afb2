import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import { printedBy, runCommand, SLOW } from './run-command.ts'

const builtIn = (name: string): string =>
  fileURLToPath(new URL(`../../catalogs/${name}.json`, import.meta.url))

const folder = temporaryFolders()()

const written = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('tollgate catalog check', SLOW, () => {
  it('accepts the built-in catalogs', async () => {
    const files = ['ai-workspace', 'api-platform', 'rag-chatbot'].map(builtIn)
    expect(await printedBy(['catalog', 'check', ...files])).toBe(
      files.map((file) => `${file}: ok\n`).join(''),
    )
  })

  it('lists every fault of every file with its field, and exits with 1', async () => {
    const faulty = await written(
      'faulty.json',
      JSON.stringify({
        key: 'shop',
        name: 'Shop',
        meters: [{ key: 'calls', unit: 'call', aggregation: 'count' }],
        eventTypes: [
          {
            key: 'order',
            name: 'Order',
            category: 'sales',
            baseCredits: -1,
            meters: { visits: 1 },
          },
        ],
        plans: [
          {
            key: 'free',
            name: 'Free',
            monthlyPriceUsd: 'nothing',
            limits: [{ meter: 'calls', window: 'day', max: -5, behavior: 'hard' }],
            upgradesTo: ['gold'],
          },
        ],
      }),
    )
    const text = await written('text.json', '{"key": "shop",\n  "name": }')
    const { code, stdout, stderr } = await runCommand([
      'catalog',
      'check',
      ...[faulty, builtIn('rag-chatbot'), text, join(folder, 'missing.json')],
    ])
    expect(code).toBe(1)
    expect(stdout).toBe(`${builtIn('rag-chatbot')}: ok\n`)
    const fields = [
      'eventTypes.order.baseCredits',
      'eventTypes.order.meters.visits',
      'plans.free.monthlyPriceUsd',
      'plans.free.limits[0].max',
      'plans.free.upgradesTo[0]',
    ]
    for (const field of fields) expect(stderr).toContain(`${faulty}: ${field}: `)
    expect(stderr).toContain(`${text}: is not JSON`)
    expect(stderr).toContain('There is no file ')
    expect(stderr).toContain('7 faults in 3 of 4 files.')
  })
})

describeOnAnyDatabase('shows the changes, applies them, and finds nothing more to change', (at) => {
  it('says what would change, changes it, and then has nothing to say', async () => {
    const data = at()
    const document = JSON.parse(await readFile(builtIn('api-platform'), 'utf8'))
    const original = await written('original.json', JSON.stringify(document))
    document.plans[0].limits[0].max = 1_500
    const changed = await written('changed.json', JSON.stringify(document))

    await printedBy(['migrate', ...data])
    expect(await printedBy(['catalog', 'diff', original, ...data])).toContain('api-platform is new')
    expect(await printedBy(['catalog', 'apply', original, ...data])).toContain(
      'version 1 is in force',
    )
    expect(await printedBy(['catalog', 'diff', changed, ...data])).toBe(
      '1 change from api-platform version 1:\n' +
        '  ~ plans.free.limits.api_calls/period.max: 1000 → 1500\n',
    )
    const applied = await printedBy(['catalog', 'apply', changed, '--note', 'more to try', ...data])
    expect(applied).toBe('api-platform version 2 is in force (1 change).\n')
    expect(await printedBy(['catalog', 'diff', changed, ...data])).toBe(
      'Nothing would change: the file equals api-platform version 2.\n',
    )
  })
})
