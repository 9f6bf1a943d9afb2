import { Command } from 'commander'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { wholeNumber } from './arguments.ts'
import { type CliContext, print } from './context.ts'
import { addEngineOptions, type EngineCommandOptions } from './database-options.ts'
import { CliFailure } from './failure.ts'
import { counted } from './numbers.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { startProgress } from './progress.ts'
import { onStopWish } from './shutdown.ts'

interface DemoCommandOptions extends EngineCommandOptions {
  readonly seed: number
  readonly days: number
  readonly organizations: number
}

/** The data with which `start --demo` fills a new database. */
export const DEMO_DEFAULTS = { seed: 1, days: 90, organizations: 5 } as const

export const demoCommand: CommandFactory = (context, action) =>
  addEngineOptions(new Command('demo'))
    .description('fill a database with realistic traffic')
    .option('--seed <n>', 'the seed of the traffic', wholeNumber(0, 1e9), DEMO_DEFAULTS.seed)
    .option('--days <n>', 'the number of days back', wholeNumber(1, 1_000), DEMO_DEFAULTS.days)
    .option(
      '--organizations <n>',
      'the number of organizations with traffic',
      wholeNumber(1, 100),
      DEMO_DEFAULTS.organizations,
    )
    .action(action((options: DemoCommandOptions) => demo(options, context)))

const demo = async (options: DemoCommandOptions, context: CliContext): Promise<number> => {
  const { fillDemo } = await import('../engine/demo/fill-demo.ts')
  const { seed, days, organizations } = options
  const stop = new AbortController()
  const unsubscribe = onStopWish(context, () => {
    if (stop.signal.aborted) context.exit(130)
    stop.abort()
  })
  try {
    const fill = async (tollgate: TollgateEngine) => {
      const progress = await startProgress(context.stderr, { label: 'Demo', total: days })
      const onProgress = progress.at
      const now = context.now()
      return fillDemo(tollgate, {
        seed,
        days,
        organizations,
        now,
        onProgress,
        signal: stop.signal,
      }).finally(progress.stop)
    }
    const result = await withEngine(options, context, fill, { creates: true })
    if (result.organizations.length === 0) {
      throw new CliFailure('The demo uses the built-in catalogs, but none of them is loaded.')
    }
    print(context.stdout, ...summaryLines(result))
    if (!stop.signal.aborted) return 0
    print(context.stderr, 'Interrupted: run it again to add the rest.')
    return 130
  } finally {
    unsubscribe()
  }
}

const summaryLines = ({
  organizations,
  recorded,
  duplicates,
  end,
}: {
  readonly organizations: readonly { readonly id: string; readonly plan: string }[]
  readonly recorded: number
  readonly duplicates: number
  readonly end: Date
}): readonly string[] => [
  `${counted(organizations.length, 'organization')} with traffic until ${end.toISOString()}:`,
  ...organizations.map(({ id, plan }) => `  ${id} on ${plan}`),
  `${counted(recorded, 'event')} added, ${counted(duplicates, 'event')} there before`,
]
