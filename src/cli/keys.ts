import { Command } from 'commander'
import type { ApiKeyCreated, ApiKeyCreateInput } from '../contract/api-keys.ts'
import { instant } from './arguments.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { CliFailure } from './failure.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { orAskServer, type ServerOptions } from './server-connection.ts'

interface KeyOptions extends EngineCommandOptions, ServerOptions {
  readonly organization?: string
  readonly admin?: boolean
  readonly name: string
  readonly expires?: Date
  readonly json?: boolean
}

export const keysCommand: CommandFactory = (context, action) =>
  new Command('keys').description('create API keys').addCommand(
    addStoredEngineOptions(new Command('create'))
      .description('create a key and print it, only this once')
      .option('--organization <id>', 'the organization of the key')
      .option('--admin', "a key for the platform's administrator")
      .requiredOption('--name <name>', 'a name for people')
      .option('--expires <time>', 'when the key expires, such as 2027-01-31', instant)
      .option('--json', 'print {id, key} as JSON')
      .option('--url <url>', 'create it on this server instead of in a database')
      .option('--key <key>', "the server's admin key (default: TOLLGATE_ADMIN_KEY)")
      .action(action((options: KeyOptions) => createKey(options, context))),
  )

const createKey = async (options: KeyOptions, context: CliContext): Promise<number> => {
  const { organization, admin = false } = options
  if (admin === (organization !== undefined)) {
    throw new CliFailure('Say who gets the key: --organization with its id, or --admin.')
  }
  const input: ApiKeyCreateInput = {
    name: options.name,
    ...(options.expires !== undefined && { expiresAt: options.expires.toISOString() }),
  }
  const making =
    options.url === undefined
      ? createInDatabase(options, input, context).catch(orAskServer)
      : createOnServer(options.url, options, input, context)
  const made = await making.catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'not_found') throw error
    throw new CliFailure(`There is no organization ${organization}.`)
  })
  if (options.json) print(context.stdout, JSON.stringify({ id: made.id, key: made.key }))
  else {
    print(context.stdout, made.key)
    print(context.stderr, `Key ${made.id} for ${organization ?? 'the administrator'}.`)
    print(context.stderr, 'It is not stored and cannot be shown again.')
  }
  return 0
}

const createInDatabase = (
  options: KeyOptions,
  input: ApiKeyCreateInput,
  context: CliContext,
): Promise<ApiKeyCreated> =>
  withEngine(withStoredCatalogs(options), context, (tollgate) =>
    options.organization === undefined
      ? tollgate.admin.createAdminKey(input)
      : tollgate.apiKeys.create(
          { ...input, organizationId: options.organization },
          { actor: 'cli' },
        ),
  )

const createOnServer = async (
  url: string,
  options: KeyOptions,
  input: ApiKeyCreateInput,
  context: CliContext,
): Promise<ApiKeyCreated> => {
  if (options.organization === undefined) {
    throw new CliFailure(
      '--admin is not for --url: create admin keys on the database itself, with --data or ' +
        '--database-url.',
    )
  }
  const { connectToServer } = await import('./server-connection.ts')
  const server = await connectToServer(url, options, context)
  return server.apiKeys.create({ ...input, organizationId: options.organization })
}
