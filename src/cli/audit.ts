import { Command } from 'commander'
import type { AuditAnchor, AuditFault, AuditVerification } from '../contract/audit.ts'
import { unreadable } from './catalog-files.ts'
import { type CliContext, print } from './context.ts'
import {
  addStoredEngineOptions,
  type EngineCommandOptions,
  withStoredCatalogs,
} from './database-options.ts'
import { CliFailure } from './failure.ts'
import { counted, formatCount } from './numbers.ts'
import { withEngine } from './open-engine.ts'
import type { CommandFactory } from './program.ts'
import { startProgress } from './progress.ts'

interface VerifyOptions extends EngineCommandOptions {
  readonly org?: string
  readonly anchors?: string
  readonly json?: boolean
}

/** More bad chains than this usually have one cause, which the first ones show. */
const MOST_SHOWN = 50

export const auditCommand: CommandFactory = (context, action) =>
  new Command('audit')
    .description('prove that the audit log was not changed')
    .addCommand(
      addStoredEngineOptions(new Command('verify'))
        .description('recompute every chain of the audit log, and name the first faulty entry')
        .option('--org <id>', "only this organization's chain; an empty id is the platform's")
        .option('--anchors <file>', 'compare with the earlier output of `tollgate audit anchor`')
        .option('--json', 'print the result as one JSON object')
        .action(action((options: VerifyOptions) => verify(options, context))),
    )
    .addCommand(
      addStoredEngineOptions(new Command('anchor'))
        .description('print the end of every chain as one JSON object a line, to store elsewhere')
        .action(action((options: EngineCommandOptions) => anchor(options, context))),
    )

const verify = async (options: VerifyOptions, context: CliContext): Promise<number> => {
  const { org, anchors: file, json = false } = options
  const anchors = file === undefined ? [] : await anchorsIn(file)
  const wanted = org === undefined ? undefined : [org === '' ? null : org]
  const found = await withEngine(
    withStoredCatalogs(options),
    context,
    async ({ admin: { audit } }) => {
      const progress = await startProgress(context.stderr, { label: 'audit log', total: 1 })
      try {
        return await audit.verify({
          organizationIds: wanted,
          anchors: anchors.filter(({ organizationId: id }) => org === undefined || id === org),
          onProgress: (entries, total) => progress.at(total === 0 ? 1 : entries / total),
        })
      } finally {
        progress.stop()
      }
    },
  ).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'not_found') throw error
    throw new CliFailure(`There is no audit log of ${org}.`)
  })
  const clean =
    found.faults.length === 0 &&
    found.missingGuards.length === 0 &&
    found.changedGuards.length === 0
  print(context.stdout, ...(json ? [JSON.stringify({ clean, ...found })] : findingLines(found)))
  return clean ? 0 : 1
}

const findingLines = (found: AuditVerification): readonly string[] => {
  const { chains, entries, faults, missingGuards, changedGuards } = found
  const { anchorsMatched, anchorsPassed } = found
  const left = faults.length - MOST_SHOWN
  return [
    `Recomputed ${formatCount(entries)} ${entries === 1 ? 'entry' : 'entries'} of ${counted(chains, 'chain')}.`,
    ...(anchorsMatched > 0 ? [`${counted(anchorsMatched, 'anchor')} found in them.`] : []),
    ...(anchorsPassed > 0
      ? [`${counted(anchorsPassed, 'anchor')} of entries that retention has since removed.`]
      : []),
    ...missingGuards.map((guard) => `The guard "${guard}" is missing or disabled.`),
    ...changedGuards.map((guard) => `Differs from the migrations: ${guard}.`),
    ...(faults.length === 0
      ? ['Every chain is whole.']
      : faults.slice(0, MOST_SHOWN).map(faultLine)),
    ...(left > 0 ? [`and ${counted(left, 'more chain')} with a fault.`] : []),
  ]
}

const faultLine = ({ organizationId, sequence, fault, detail }: AuditFault): string => {
  const chain = organizationId === '' ? "the platform's chain" : organizationId
  return `${chain}, entry ${sequence}: ${fault} (${detail}).`
}

const anchor = async (options: EngineCommandOptions, context: CliContext): Promise<number> => {
  await withEngine(withStoredCatalogs(options), context, async ({ admin: { audit } }) => {
    const at = context.now().toISOString()
    for await (const head of audit.anchors()) {
      print(context.stdout, JSON.stringify({ ...head, at }))
    }
  })
  return 0
}

/** Reads a file of anchors, one a line, which may have grown over time. */
const anchorsIn = async (path: string): Promise<readonly AuditAnchor[]> => {
  const { readFile } = await import('node:fs/promises')
  const { auditAnchorSchema } = await import('../contract/audit.ts')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const checked = auditAnchorSchema.safeParse(parsed(line))
    if (checked.success) return [checked.data]
    throw new CliFailure(`${path}, line ${index + 1}: is not output of \`tollgate audit anchor\`.`)
  })
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
