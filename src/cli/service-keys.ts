import { Command, InvalidArgumentError } from 'commander'
import type { ServiceKeyCreated } from '../contract/platform-keys.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { isRight, isServiceScope, type Right, SERVICE_SCOPES } from '../core/rights.ts'
import { instant, wholeNumber } from './arguments.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { connectToServer, orAskServer, type ServerOptions } from './server-connection.ts'

type PlaceOptions = EngineCommandOptions & ServerOptions

interface CreateOptions extends PlaceOptions {
  readonly name: string
  readonly scopes: readonly Right[]
  readonly expires?: Date
  readonly json?: boolean
}

interface RotateOptions extends PlaceOptions {
  readonly overlapSeconds?: number
  readonly json?: boolean
}

const MAX_OVERLAP_SECONDS = 30 * 86_400

export const serviceKeysCommand: CommandFactory = (context, action) =>
  new Command('service-keys')
    .description("keys for your product's backends: any organization, limited to scopes")
    .addCommand(
      placed('create', 'create a key and print it, only this once')
        .requiredOption('--name <name>', 'a name for people')
        .requiredOption(
          '--scopes <scopes>',
          `what the key may do: ${SERVICE_SCOPES.join(',')}`,
          scopes,
        )
        .option('--expires <time>', 'when the key expires, such as 2027-01-31', instant)
        .option('--json', 'print {id, key} as JSON')
        .action(action((options: CreateOptions) => create(options, context))),
    )
    .addCommand(
      placed('list', 'print one key a line as JSON, newest first; never the secrets').action(
        action((options: PlaceOptions) => list(options, context)),
      ),
    )
    .addCommand(
      placed('rotate', 'replace a key by a new one, and print it, only this once')
        .argument('<id>', 'the id of the old key')
        .option(
          '--overlap-seconds <seconds>',
          'how long the old key still works (default: a day)',
          wholeNumber(0, MAX_OVERLAP_SECONDS),
        )
        .option('--json', 'print {id, key} as JSON')
        .action(action((keyId: string, options: RotateOptions) => rotate(keyId, options, context))),
    )
    .addCommand(
      placed('revoke', 'revoke a key now, in every process')
        .argument('<id>', 'the id of the key')
        .action(action((keyId: string, options: PlaceOptions) => revoke(keyId, options, context))),
    )

const placed = (name: string, description: string): Command =>
  addStoredEngineOptions(new Command(name))
    .description(description)
    .option('--url <url>', 'work on this server instead of a database')
    .option('--key <key>', "the server's admin key (default: TOLLGATE_ADMIN_KEY)")

const scopes = (text: string): readonly Right[] =>
  text.split(',').map((part) => {
    const scope = part.trim()
    if (isRight(scope) && isServiceScope(scope)) return scope
    throw new InvalidArgumentError(`There is no scope ${scope}: ${SERVICE_SCOPES.join(', ')}.`)
  })

const ACTING = { actor: 'cli' }

const create = (options: CreateOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ serviceKeys }) => {
    const { name, expires } = options
    const input = { name, scopes: [...options.scopes] }
    const made = await serviceKeys.create(
      { ...input, ...(expires && { expiresAt: expires.toISOString() }) },
      ACTING,
    )
    printKey(made, options, context)
  })

const list = (options: PlaceOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ serviceKeys }) => {
    for await (const key of serviceKeys.list()) print(context.stdout, JSON.stringify(key))
  })

const rotate = (keyId: string, options: RotateOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ serviceKeys }) => {
    const { overlapSeconds } = options
    const made = await serviceKeys.rotate(
      { keyId, ...(overlapSeconds !== undefined && { overlapSeconds }) },
      ACTING,
    )
    printKey(made, options, context)
    print(context.stderr, `The old key, ${keyId}, works until ${made.replacedUntil}.`)
  })

const revoke = (keyId: string, options: PlaceOptions, context: CliContext): Promise<number> =>
  at(options, context, async ({ serviceKeys }) => {
    const { name } = await serviceKeys.revoke({ keyId }, ACTING)
    print(context.stderr, `Key ${keyId} (${name}) is revoked.`)
  })

const printKey = (
  { id, key, scopes: may }: ServiceKeyCreated,
  { json }: { readonly json?: boolean },
  { stdout, stderr }: CliContext,
): void => {
  if (json) {
    print(stdout, JSON.stringify({ id, key }))
    return
  }
  print(stdout, key)
  print(stderr, `Service key ${id}, for every organization, with ${may.join(', ')}.`)
  print(stderr, 'It is not stored and cannot be shown again.')
}

/** Works on the server or in the database that the options name. */
const at = async (
  options: PlaceOptions,
  context: CliContext,
  work: (tollgate: Pick<Tollgate, 'serviceKeys'>) => Promise<void>,
): Promise<number> => {
  if (options.url !== undefined) await work(await connectToServer(options.url, options, context))
  else await withEngine(withStoredCatalogs(options), context, work).catch(orAskServer)
  return 0
}
