import { describe, expect, it } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { databasePlace, describePlace } from '../../src/cli/database-options.ts'
import { CliFailure, describeFailure } from '../../src/cli/failure.ts'
import { runCli } from '../../src/cli/program.ts'
import { onStopWish, watchForShutdown } from '../../src/cli/shutdown.ts'
import { invalid, TollgateError } from '../../src/contract/errors.ts'

/** A world without a process: it stores output, and the test sends signals and moves time. */
const world = () => {
  const written = { stdout: '', stderr: '' }
  const exits: number[] = []
  let nowMs = Date.parse('2026-03-01T00:00:00Z')
  let onSignal: () => void = () => undefined
  let onDeadline: () => void = () => undefined
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
    },
  })
  const context: CliContext = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: {},
    now: () => new Date(nowMs),
    onSignal: (call) => {
      onSignal = call
      return () => undefined
    },
    after: (_delayMs, call) => {
      onDeadline = call
      return () => undefined
    },
    exit: (code) => exits.push(code),
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { context, written, exits, pass, signal: () => onSignal(), deadline: () => onDeadline() }
}

describe('the command line', () => {
  it('lists its commands for --help, and exits with 0', async () => {
    const { context, written } = world()
    expect(await runCli(['--help'], context)).toBe(0)
    for (const command of ['start', 'demo', 'migrate', 'replay', 'keys', 'catalog', 'doctor']) {
      expect(written.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'))
    }
    expect(written.stderr).toBe('')
  })

  it('exits with 1 for an unknown command, option or value', async () => {
    const wrong = [['begin'], ['start', '--prot', '1'], ['start', '--port', '99999'], ['replay']]
    for (const argv of wrong) {
      const { context, written } = world()
      expect(await runCli(argv, context)).toBe(1)
      expect(written.stdout).toBe('')
      expect(written.stderr).toContain('error: ')
    }
  })
})

describe('the database option', () => {
  it('defaults to a folder, and beats the environment', () => {
    const env = { DATABASE_URL: 'postgres://db/books' }
    expect(databasePlace({}, {})).toEqual({ folder: '.tollgate' })
    expect(databasePlace({}, env)).toEqual({ url: 'postgres://db/books' })
    expect(databasePlace({ data: 'here' }, env)).toEqual({ folder: 'here' })
    expect(databasePlace({ databaseUrl: 'postgres://other/books' }, env)).toEqual({
      url: 'postgres://other/books',
    })
  })

  it('is refused if it is no URL, by its own name and without its text', () => {
    const wrong = [
      ['--database-url', () => databasePlace({ databaseUrl: 'host=db password=hush' }, {})],
      ['DATABASE_URL', () => databasePlace({}, { DATABASE_URL: 'mysql://me:hush@db/books' })],
    ] as const
    for (const [name, place] of wrong) {
      expect(place).toThrow(new RegExp(`^${name} must be a URL such as postgres://`))
      expect(place).not.toThrow(/hush/)
    }
    for (const url of [
      'postgresql://db/books',
      'POSTGRES://db/books',
      '/var/run/postgresql books',
    ]) {
      expect(databasePlace({ databaseUrl: url }, {})).toEqual({ url })
    }
  })

  it('is printed without its password', () => {
    expect(describePlace({ url: 'postgres://me:secret@db:5433/books' })).toBe('db:5433/books')
  })
})

describe('errors', () => {
  it('are printed as sentences, one fault per line', () => {
    const faults = [
      { field: 'plan', message: 'is not known' },
      { field: 'name', message: 'is required' },
    ]
    expect(describeFailure(invalid(...faults))).toEqual(['plan: is not known', 'name: is required'])
    expect(
      describeFailure(new TollgateError('unprocessable', { detail: 'No such plan', faults })),
    ).toEqual(['No such plan', '  plan: is not known', '  name: is required'])
    expect(describeFailure(new CliFailure('One.', 'Two.'))).toEqual(['One.', 'Two.'])
    const cause = new Error('connection refused')
    expect(describeFailure(new TollgateError('unavailable', { detail: 'Gone', cause }))).toEqual([
      'Gone',
      '  connection refused',
    ])
  })
})

describe('a shutdown', () => {
  it('begins with the first signal, and is forced by a later one', async () => {
    const { context, exits, pass, signal } = world()
    const shutdown = watchForShutdown(context)
    signal()
    await shutdown.asked
    expect(shutdown.signal.aborted).toBe(true)
    expect(exits).toEqual([])
    pass(1_000)
    signal()
    expect(exits).toEqual([1])
  })

  it('is not forced by a signal that arrives twice at once, for a process and its group', () => {
    const { context, exits, pass, signal } = world()
    watchForShutdown(context)
    signal()
    signal()
    pass(20)
    signal()
    expect(exits).toEqual([])
  })

  it('counts simultaneous signals as one request, in every command', () => {
    const { context, pass, signal } = world()
    let wishes = 0
    onStopWish(context, () => {
      wishes += 1
    })
    for (const ms of [0, 0, 499, 1, 0, 499, 1]) {
      pass(ms)
      signal()
    }
    expect(wishes).toBe(3)
  })

  it('is forced after its time-out', () => {
    const { context, exits, signal, deadline } = world()
    watchForShutdown(context)
    signal()
    deadline()
    expect(exits).toEqual([1])
  })
})
