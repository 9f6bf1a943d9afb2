import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { auditCommand } from './audit.ts'
import { callCommand } from './call.ts'
import { catalogCommand } from './catalog.ts'
import { type CliContext, print } from './context.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { describeFailure } from './failure.ts'
import { keysCommand } from './keys.ts'
import { mcpCommand } from './mcp.ts'
import { migrateCommand } from './migrate.ts'
import { replayCommand } from './replay.ts'
import { serviceKeysCommand } from './service-keys.ts'
import { signingKeysCommand } from './signing-keys.ts'
import { startCommand } from './start.ts'
import { stripeCommand } from './stripe.ts'
import { workflowsCommand } from './workflows.ts'

/** Turns a function that returns an exit code into an action. */
type Action = <Args extends unknown[]>(
  work: (...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>

/** A command of the program. It loads what it needs when it runs. */
export type CommandFactory = (context: CliContext, action: Action) => Command

const COMMANDS: readonly CommandFactory[] = [
  startCommand,
  demoCommand,
  migrateCommand,
  replayCommand,
  callCommand,
  mcpCommand,
  keysCommand,
  serviceKeysCommand,
  signingKeysCommand,
  catalogCommand,
  auditCommand,
  stripeCommand,
  workflowsCommand,
  doctorCommand,
]

/**
 * Runs one command line (without the program's name) and resolves with its exit code. Errors are
 * printed as sentences; with `TOLLGATE_DEBUG`, the stack too.
 */
export const runCli = async (argv: readonly string[], context: CliContext): Promise<number> => {
  let exitCode = 0
  const action: Action =
    (work) =>
    async (...args) => {
      exitCode = await work(...args)
    }
  try {
    await createProgram(context, action).parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has already printed the usage, the help or the version.
    if (error instanceof CommanderError) return error.exitCode
    print(context.stderr, ...describeFailure(error))
    if (context.env.TOLLGATE_DEBUG) print(context.stderr, stackOf(error))
    return 1
  }
}

const createProgram = (context: CliContext, action: Action): Command => {
  const program = new Command('tollgate')
    .description('The gate in front of your handlers and the ledger behind them.')
    .version(packageVersion())
    .showHelpAfterError('Run it with --help to see what it takes.')
  for (const create of COMMANDS) program.addCommand(create(context, action))
  forEachCommand(program, (command) => {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
  })
  return program
}

/** `addCommand` does not inherit settings, unlike `command`. */
const forEachCommand = (command: Command, call: (command: Command) => void): void => {
  call(command)
  for (const child of command.commands) forEachCommand(child, call)
}

const packageVersion = (): string => {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
