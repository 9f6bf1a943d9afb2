import { existsSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { isLong } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { costOf, type Row, simulateTrial, sumOf, trialRows, writeRows } from './replay-file.ts'
import { printedBy, runCommand, runningServers, SLOW } from './run-command.ts'

const rows = trialRows()
const folder = temporaryFolders()()
const data = join(folder, 'data')
const file = join(folder, 'rows.csv')
const startServer = runningServers()
beforeAll(() => writeRows(file, rows))

const chats = ['--event', 'chat_message', '--model', 'gpt-4o']
const columns = ['--time', 'When', '--input-tokens', 'Read', '--output-tokens', 'Wrote']
const prices = ['--model-price', '2.50/10.00']

interface Place {
  readonly file?: string
  readonly to: readonly string[]
}

const replayArgs = (
  organization: string,
  more: readonly string[],
  { file: path = file, to }: Place,
): readonly string[] => [
  ...['replay', path, ...to, '--organization', organization, ...chats, ...columns],
  ...more,
]

interface Totals {
  readonly [figure: string]: unknown
}

/** The figures, and the text of their line. */
const replayed = async (
  organization: string,
  more: readonly string[],
  place: Place,
): Promise<Totals & { readonly text: string }> => {
  const text = await printedBy(replayArgs(organization, ['--json', ...more], place))
  expect(text.trim().split('\n')).toHaveLength(1)
  return { ...(JSON.parse(text) as Totals), text }
}

const inBooks = (admitted: readonly Row[]) => ({
  admitted: admitted.length,
  inputTokens: sumOf(admitted, 'read'),
  outputTokens: sumOf(admitted, 'wrote'),
  credits: 0,
})

const onEnterprise = ['--plan', 'rag-chatbot/enterprise']
const onTrial = ['--plan', 'rag-chatbot/trial', '--enforce']

/**
 * Uses the PostgreSQL server if there is one, because opening a folder for each command takes a
 * second.
 */
const describeAnywhere = (name: string, block: (at: () => readonly string[]) => void): void => {
  if (inject('postgresUrl') === undefined) {
    describe(name, SLOW, () => block(() => ['--data', data]))
    return
  }
  describeOnPostgres(name, (_open, url) => block(() => ['--database-url', url()]))
}

describeAnywhere('tollgate replay', (at) => {
  const to = () => [...at(), ...prices]

  it('creates an organization that begins with its earliest row', async () => {
    const backwards = join(folder, 'backwards.csv')
    const last = rows.slice(-3).reverse()
    const first = rows.slice(0, 3)
    await writeRows(backwards, [...last, ...first])
    const place = { file: backwards, to: to() }
    expect(await replayed('backwards', onEnterprise, place)).toMatchObject({
      events: 6,
      refused: 0,
      duplicates: 0,
    })
  })

  it('records every row once, and adds nothing on a second run', async () => {
    const expected = { events: rows.length, refused: 0, refusedBy: {}, ...inBooks(rows) }
    const first = await replayed('acme', onEnterprise, { to: to() })
    expect(first).toMatchObject({ ...expected, duplicates: 0 })
    expect(first.text).toContain(`"costUsd":${costOf(rows)},`)

    const again = await replayed('acme', onEnterprise, { to: to() })
    expect(again).toMatchObject({ ...expected, duplicates: rows.length })
    expect(again.text).toContain(`"costUsd":${costOf(rows)},`)
  })

  it('identifies rows by content: a copy adds nothing, and a longer file only its new rows', async () => {
    const grown = join(folder, 'grown.csv')
    await writeFile(grown, await readFile(file))
    await appendFile(grown, '2024-03-05 10:00:00,11,7\n2024-03-05 10:00:01,11,7\n')
    expect(await replayed('acme', [], { file: grown, to: to() })).toMatchObject({
      events: rows.length + 2,
      duplicates: rows.length,
    })
  })

  it('counts an equal row of another file as another event', async () => {
    const [first, second] = rows
    const other = join(folder, 'other.csv')
    await writeRows(other, [second, first] as Row[])
    expect(await replayed('acme', [], { file: other, to: to() })).toMatchObject({
      events: 2,
      duplicates: 0,
    })
  })

  it('also prints its totals as text', async () => {
    const printed = await printedBy(replayArgs('acme', [], { to: to() }))
    expect(printed).toContain(
      `510 events: 510 admitted (510 were in the ledger before), 0 refused\n`,
    )
    expect(printed).toContain(`$${costOf(rows)}\n`)
  })

  it('leaves books in which doctor finds no difference', async () => {
    const { code, stdout } = await runCommand(['doctor', ...at()])
    expect(stdout).toContain('Everything agrees.')
    expect(code).toBe(0)
  })
})

describeAnywhere('tollgate replay --enforce', (at) => {
  const to = () => [...at(), ...prices]
  const expected = simulateTrial(rows)

  it('allows exactly what an independent simulation of the limits allows', async () => {
    // The file is only useful if each quota refuses part of it.
    expect(Object.keys(expected.refusedBy)).toHaveLength(2)
    const first = await replayed('trialco', onTrial, { to: to() })
    expect(first).toMatchObject({
      events: rows.length,
      refused: expected.refused,
      refusedBy: expected.refusedBy,
      duplicates: 0,
      ...inBooks(expected.admitted),
    })
    expect(first.text).toContain(`"costUsd":${costOf(expected.admitted)},`)
  })

  it('allows nothing more on a second run', async () => {
    expect(await replayed('trialco', onTrial, { to: to() })).toMatchObject({
      refused: expected.refused,
      duplicates: expected.admitted.length,
      ...inBooks(expected.admitted),
    })
  })
})

describeAnywhere('tollgate replay --url', (at) => {
  it('records the same on a server, with and without --enforce', async () => {
    const key = 'replay-admin'
    const server = await startServer(at(), { TOLLGATE_ADMIN_KEY: key })
    // Each row costs a round trip, so this uses only the days that exceed their messages.
    const some = rows.slice(0, 250)
    const part = join(folder, 'some.csv')
    await writeRows(part, some)
    const place = { file: part, to: ['--url', server.url, '--key', key] }
    const recorded = await replayed('served', onEnterprise, place)
    const enforced = await replayed('served-trial', onTrial, place)
    const refused = await runCommand(
      replayArgs('acme', [], { to: ['--url', server.url, '--key', 'wrong'] }),
    )
    expect(await server.stop()).toBe(0)
    const { admitted, refused: over, refusedBy } = simulateTrial(some)
    expect(over).toBeGreaterThan(0)
    // gpt-4o costs the same in the price library as in the other tests.
    expect(recorded.text).toContain(`"costUsd":${costOf(some)},`)
    expect(recorded).toMatchObject({ events: some.length, ...inBooks(some) })
    expect(enforced).toMatchObject({ refusedBy, ...inBooks(admitted) })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('The server does not know this key.')
  })
})

describeAnywhere('a failed replay', (at) => {
  const to = () => [...at(), ...prices]
  beforeAll(() => replayed('acme', onEnterprise, { to: to() }))

  const failing = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    return stderr
  }

  it('names the missing file', async () => {
    const missing = join(folder, 'missing.csv')
    expect(await failing(replayArgs('acme', [], { file: missing, to: to() }))).toBe(
      `There is no file ${missing}.\n`,
    )
  })

  it('names the missing column, and lists the existing ones', async () => {
    expect(await failing(replayArgs('acme', ['--time', 'Date'], { to: to() }))).toBe(
      `${file} has no column "Date". Its columns are: When, Read, Wrote.\n`,
    )
  })

  it('names the line and column of an unreadable cell, and keeps the earlier rows', async () => {
    const faulty = join(folder, 'faulty.csv')
    await writeFile(faulty, 'When,Read,Wrote\n2024-05-01 10:00,1,1\n2024-05-01 10:01,many,1\n')
    expect(await failing(replayArgs('acme', [], { file: faulty, to: to() }))).toBe(
      `${faulty}:3: column Read: "many" is not a whole number.\n`,
    )
    await writeFile(faulty, 'When,Read,Wrote\n2024-05-01 10:00,1,1\n2024-05-01 10:01,2,1\n')
    expect(await replayed('acme', [], { file: faulty, to: to() })).toMatchObject({
      events: 2,
      duplicates: 1,
    })
  })

  it('names the line with too few cells', async () => {
    const ragged = join(folder, 'ragged.csv')
    await writeFile(ragged, 'When,Read,Wrote\n2024-06-01 10:00,1,1\n2024-06-01 10:01,2\n')
    expect(await failing(replayArgs('acme', [], { file: ragged, to: to() }))).toContain(
      `${ragged}:3: `,
    )
  })

  it('names the missing organization, and how to create it', async () => {
    expect(await failing(replayArgs('nobody', [], { to: to() }))).toContain(
      'There is no organization nobody: create it with --plan',
    )
  })

  it("refuses a plan that differs from the organization's", async () => {
    const stderr = await failing(replayArgs('acme', ['--plan', 'rag-chatbot/trial'], { to: to() }))
    expect(stderr).toContain('acme is on rag-chatbot/enterprise, not on rag-chatbot/trial')
  })

  it('reports an earlier replay of the file with other options', async () => {
    const stderr = await failing(replayArgs('acme', ['--model', 'gpt-4o-mini'], { to: to() }))
    expect(stderr).toContain(`${file}:2: id was used before`)
  })
})

/** The production trace behind the published figures, if it is present. */
const TRACE = fileURLToPath(
  new URL('../../../shared/data/azure-llm-inference-code-2023.csv', import.meta.url),
)

describe.skipIf(!existsSync(TRACE))('the replay of a production trace', SLOW, () => {
  const trace = { file: TRACE, to: ['--data', '', ...prices] }
  const traceColumns = [
    ...['--time', 'TIMESTAMP'],
    ...['--input-tokens', 'ContextTokens', '--output-tokens', 'GeneratedTokens'],
  ]
  const place = () => ({ ...trace, to: ['--data', join(folder, 'trace'), ...prices] })

  it.runIf(isLong)('has its known figures, once', async () => {
    const known = { events: 8_819, inputTokens: 18_059_974, outputTokens: 245_896, refused: 0 }
    const first = await replayed('acme', [...onEnterprise, ...traceColumns], place())
    expect(first).toMatchObject({ ...known, duplicates: 0 })
    expect(first.text).toContain('"costUsd":47.608895,')
    const again = await replayed('acme', [...onEnterprise, ...traceColumns], place())
    expect(again).toMatchObject({ ...known, duplicates: 8_819 })
  })

  it('allows exactly what a simulation of the trial allows', async () => {
    const text = await readFile(TRACE, 'utf8')
    const lines = text
      .trim()
      .split(/\r?\n/)
      .slice(0, isLong ? undefined : 2_001)
    const part = join(folder, 'trace.csv')
    await writeFile(part, `${lines.join('\n')}\n`)
    const traced = lines.slice(1).map((line) => {
      const [at = '', read, wrote] = line.split(',')
      return { at, read: Number(read), wrote: Number(wrote) }
    })
    const { admitted, refused, refusedBy } = simulateTrial(traced)
    expect(
      await replayed('trialco', [...onTrial, ...traceColumns], { ...place(), file: part }),
    ).toMatchObject({
      refused,
      refusedBy,
      ...inBooks(admitted),
    })
  })
})
