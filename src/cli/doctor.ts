import { Command } from 'commander'
import type { UsageDifference } from '../contract/tollgate.ts'
import { instant } from './arguments.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { counted } from './numbers.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'

interface DoctorOptions extends EngineCommandOptions {
  readonly from?: Date
  readonly to?: Date
  readonly repair?: boolean
  readonly json?: boolean
}

/** More differences than this usually have one cause, which the first ones show. */
const MOST_SHOWN = 50

export const doctorCommand: CommandFactory = (context, action) =>
  addStoredEngineOptions(new Command('doctor'))
    .description('recompute every figure from the stored raw events, and compare')
    .option('--from <time>', 'only windows that start at or after this time', instant)
    .option('--to <time>', 'only windows that end at or before this time', instant)
    .option('--repair', 'set differing figures to the raw events')
    .option('--json', 'print the result as one JSON object')
    .action(action((options: DoctorOptions) => doctor(options, context)))

const doctor = async (options: DoctorOptions, context: CliContext): Promise<number> => {
  const { from, to, repair = false } = options
  const { result, clean } = await withEngine(
    withStoredCatalogs(options),
    context,
    async (tollgate) => {
      const result = await tollgate.admin.aggregate({ from, to, repair })
      const wasRepaired = repair && result.differences.length > 0
      // Compares again after a repair, so that "repaired" is verified.
      const after = wasRepaired ? await tollgate.admin.aggregate({ from, to }) : result
      return { result, clean: after.differences.length === 0 }
    },
  )
  const finding: Finding = {
    ...result,
    repaired: repair && result.differences.length > 0 && clean,
    clean,
  }
  print(context.stdout, ...(options.json ? [findingJson(finding)] : findingLines(finding)))
  return clean ? 0 : 1
}

interface Finding {
  readonly from: Date
  readonly to: Date
  readonly events: bigint
  readonly differences: readonly UsageDifference[]
  readonly repaired: boolean
  readonly clean: boolean
}

const findingJson = ({ from, to, events, differences, repaired, clean }: Finding): string =>
  JSON.stringify({
    clean,
    repaired,
    from: from.toISOString(),
    to: to.toISOString(),
    events: Number(events),
    differenceCount: differences.length,
    differences: differences.slice(0, MOST_SHOWN),
  })

const findingLines = (finding: Finding): readonly string[] => {
  const { from, to, events, differences, repaired } = finding
  const compared =
    `Compared roll-ups, levels and holds with ${counted(events, 'raw event')} ` +
    `from ${from.toISOString()} to ${to.toISOString()}.`
  if (differences.length === 0) return [compared, 'Everything agrees.']
  const left = differences.length - MOST_SHOWN
  return [
    compared,
    `${counted(differences.length, 'difference')}:`,
    ...differences.slice(0, MOST_SHOWN).map(differenceLine),
    ...(left > 0 ? [`  and ${counted(left, 'more difference')}`] : []),
    repaired
      ? 'Repaired: everything agrees now.'
      : 'Run `tollgate doctor --repair` to set them to the raw events.',
  ]
}

const differenceLine = (difference: UsageDifference): string => {
  const { organizationId, what, window, windowStart, key, stored, recomputed } = difference
  const where = `${organizationId}: ${what} ${key || 'of everything'}`
  return (
    `  ${where}, ${window} of ${windowStart.toISOString()}: ` +
    `stored ${shown(stored)}, recomputed ${shown(recomputed)}`
  )
}

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
