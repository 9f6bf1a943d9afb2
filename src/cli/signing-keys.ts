import { Command } from 'commander'
import { plumbingOf } from '../engine/plumbing.ts'
import { type CliContext, print } from './context.ts'
import {
  addDatabaseOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'

interface RotateOptions extends EngineCommandOptions {
  readonly now?: boolean
}

/** As long as a session lasts, so that nobody is signed out. */
const ACCEPTED_FOR_MS = 8 * 3_600_000

export const signingKeysCommand: CommandFactory = (context, action) =>
  new Command('signing-keys')
    .description('the keys with which servers sign sessions and read tokens')
    .addCommand(
      addDatabaseOptions(new Command('rotate'))
        .description('sign with new keys from now on; earlier signatures stay valid for 8 hours')
        .option('--now', 'end every session and read token at once')
        .action(action((options: RotateOptions) => rotate(options, context))),
    )

const rotate = async (options: RotateOptions, context: CliContext): Promise<number> => {
  await withEngine(withStoredCatalogs(options), context, (tollgate) =>
    plumbingOf(tollgate).signing.rotate(options.now ? 0 : ACCEPTED_FOR_MS, { actor: 'cli' }),
  )
  const before = options.now ? 'is no longer valid' : 'stays valid for 8 hours'
  print(context.stderr, `New keys sign from now on. What was signed before ${before}.`)
  return 0
}
