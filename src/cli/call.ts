import { Argument, Command, Option } from 'commander'
import type { Tollgate } from '../contract/tollgate.ts'
import { ROLES, type Role } from '../core/rights.ts'
import type { Operation } from '../operations/operation.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { CliFailure } from './failure.ts'
import { openEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { connectToServer, orAskServer, type ServerOptions } from './server-connection.ts'

interface CallOptions extends EngineCommandOptions, ServerOptions {
  readonly role?: Role
  readonly actor: string
}

export const callCommand: CommandFactory = (context, action) =>
  addStoredEngineOptions(new Command('call'))
    .description('call an operation by name, and print the answer as JSON')
    .addArgument(
      new Argument('[name]', 'such as members.list; without a name, all operations are listed'),
    )
    .addArgument(new Argument('[input]', 'a JSON object').default('{}'))
    .addOption(
      new Option('--role <role>', 'as a member with this role, instead of as the platform').choices(
        ROLES,
      ),
    )
    .option('--actor <name>', 'the actor, for the audit log', 'cli')
    .option('--url <url>', 'work on this server instead of a database')
    .option('--key <key>', "the server's admin key (default: TOLLGATE_ADMIN_KEY)")
    .action(
      action((name: string | undefined, input: string, options: CallOptions) =>
        name === undefined ? listed(context) : called(name, input, options, context),
      ),
    )

const listed = async ({ stdout }: CliContext): Promise<number> => {
  const { operations } = await import('../operations/index.ts')
  const width = Math.max(...operations.map(({ name }) => name.length))
  print(stdout, ...operations.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`))
  return 0
}

const called = async (
  name: string,
  text: string,
  options: CallOptions,
  context: CliContext,
): Promise<number> => {
  const { repeat } = await operationOf(name)
  const input = inputOf(text)
  const { role, actor } = options
  const acting = { actor, ...(role !== undefined && { role }) }
  // A read must not create the database. Otherwise a wrong path would return empty answers.
  const creates = repeat !== 'read'
  const { tollgate, close } = await opened(options, context, creates).catch(orAskServer)
  try {
    await printAnswer(await verbNamed(tollgate, name)(input, acting), context)
    return 0
  } catch (error) {
    const isRole = role !== undefined && (error as { code?: unknown }).code === 'forbidden'
    throw isRole ? new CliFailure(`A member with the role ${role} may not do that.`) : error
  } finally {
    await close()
  }
}

const opened = async (
  options: CallOptions,
  context: CliContext,
  creates: boolean,
): Promise<{ tollgate: Tollgate; close: () => Promise<void> }> => {
  if (options.url === undefined) {
    const engine = await openEngine(withStoredCatalogs(options), context, { creates })
    return { tollgate: engine, close: () => engine.close() }
  }
  if (options.role !== undefined) {
    throw new CliFailure('--role is not for --url: over HTTP, the key decides who calls.')
  }
  return { tollgate: await connectToServer(options.url, options, context), close: async () => {} }
}

/** Looks up an operation. An unknown name is refused, with the nearest name. */
const operationOf = async (name: string): Promise<Pick<Operation, 'repeat'>> => {
  const { operations } = await import('../operations/index.ts')
  const found = operations.find((one) => one.name === name)
  if (found) return found
  const names: readonly string[] = operations.map((one) => one.name)
  const { closest } = await import('fastest-levenshtein')
  throw new CliFailure(
    `There is no operation ${name}; did you mean ${closest(name, names)}?`,
    '`tollgate call` lists all of them.',
  )
}

const inputOf = (text: string): object => {
  try {
    const input: unknown = JSON.parse(text)
    if (typeof input === 'object' && input !== null) return input
  } catch {}
  throw new CliFailure(`The input must be a JSON object, such as '{"organizationId":"acme"}'.`)
}

type Verb = (input: object, options: object) => unknown

const verbNamed = (tollgate: Tollgate, name: string): Verb =>
  name
    .split('.')
    .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], tollgate) as Verb

/** Prints a stream as one item a line, as items arrive; any other answer as one document. */
const printAnswer = async (answer: unknown, { stdout }: CliContext): Promise<void> => {
  const value = await answer
  const isStream = typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  if (!isStream) return print(stdout, JSON.stringify(value, null, 2))
  for await (const item of value as AsyncIterable<unknown>) print(stdout, JSON.stringify(item))
}
