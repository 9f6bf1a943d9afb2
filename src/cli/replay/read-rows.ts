import type { Organization } from '../../contract/tenancy.ts'
import { CliFailure } from '../failure.ts'
import type { Progress } from '../progress.ts'
import { type CsvRow, readCsv } from './csv-rows.ts'
import { createEventIds } from './event-ids.ts'
import type { ReplayRow } from './replay-rows.ts'
import type { ReplayPricing, ReplayTarget } from './replay-target.ts'
import { COLUMN_FIELDS, type ColumnNames, createRowReader, type RowReader } from './row-columns.ts'

/** The command line's options about rows. */
export interface RowOptions {
  readonly organization: string
  readonly plan?: string
  readonly event: string
  readonly model?: string
  readonly provider?: string
  readonly time?: string
  readonly inputTokens?: string
  readonly outputTokens?: string
  /** Each is `meter=column`. */
  readonly quantity?: readonly string[]
  readonly user?: string
  /** Each is `field=column`. */
  readonly column?: readonly string[]
  /** Each is `property=column`. */
  readonly property?: readonly string[]
  /** The provider whose export the file is. Its columns are known. */
  readonly export?: string
}

/** Reads rows as events. The organization is looked up or created when the first row is read. */
export async function* readRows(
  path: string,
  options: RowOptions,
  target: ReplayTarget,
  { progress, stop }: { readonly progress: Progress; readonly stop: AbortSignal },
): AsyncGenerator<ReplayRow> {
  let toEvent: ((row: CsvRow) => Promise<ReplayRow>) | undefined
  for await (const row of readCsv(path)) {
    if (stop.aborted) return
    progress.at(row.bytesRead)
    if (toEvent) yield await toEvent(row)
    else toEvent = await eventReader(path, row.cells, options, target)
  }
  if (!toEvent) throw new CliFailure(`${path} is empty: its first row must name the columns.`)
}

const eventReader = async (
  path: string,
  header: readonly string[],
  options: RowOptions,
  target: ReplayTarget,
): Promise<(row: CsvRow) => Promise<ReplayRow>> => {
  const readRow = createRowReader(path, header, columnNames(header, options))
  const nextId = createEventIds(options.event, header)
  let organization: Organization | undefined
  const pricings = new Map<string, Promise<ReplayPricing>>()
  return async (row) => {
    const { at, id, eventType: named, ...usage } = readRow(row)
    organization ??= await findOrMakeOrganization(options, target, () =>
      earliestOf(path, readRow, at),
    )
    const eventType = fullName(named ?? options.event, organization)
    const pricing = pricings.get(eventType) ?? target.pricing(eventType)
    pricings.set(eventType, pricing)
    const { microCredits, costUsd } = await pricing
    const event = {
      ...usage,
      id: id ?? nextId(row.cells),
      eventType,
      organizationId: options.organization,
      timestamp: at.toISOString(),
      model: usage.model ?? options.model,
      provider: usage.provider ?? options.provider ?? EXPORTS[options.export ?? '']?.provider,
    }
    const priced = {
      inputTokens: usage.inputTokens ?? 0,
      outputTokens: usage.outputTokens ?? 0,
      microCredits: microCredits(event.properties),
      costUsd: costUsd(event, at),
    }
    return { line: row.line, event, priced }
  }
}

/** The columns of common exports. Absent columns are skipped. */
const EXPORTS: Readonly<
  Record<string, { provider: string; time: readonly string[]; fields: readonly [string, string][] }>
> = {
  openai: {
    provider: 'openai',
    time: ['start_time', 'timestamp'],
    fields: [
      ['inputTokens', 'input_tokens'],
      ['outputTokens', 'output_tokens'],
      ['cachedInputTokens', 'input_cached_tokens'],
      ['inputAudioTokens', 'input_audio_tokens'],
      ['outputAudioTokens', 'output_audio_tokens'],
      ['requests', 'num_model_requests'],
      ['userId', 'user_id'],
      ['model', 'model'],
    ],
  },
}

const columnNames = (header: readonly string[], options: RowOptions): ColumnNames => {
  const known = options.export === undefined ? undefined : EXPORTS[options.export]
  if (options.export !== undefined && !known) {
    throw new CliFailure(`--export ${options.export}: must be ${Object.keys(EXPORTS).join(', ')}.`)
  }
  const columns = header.map((name) => name.trim())
  const time = options.time ?? known?.time.find((name) => columns.includes(name))
  if (time === undefined)
    throw new CliFailure('--time: name the column with the time of the event.')
  const given = [
    ...named('inputTokens', options.inputTokens),
    ...named('outputTokens', options.outputTokens),
    ...named('userId', options.user),
    ...pairs('--column', options.column),
  ]
  for (const [field] of given) {
    if ((COLUMN_FIELDS as readonly string[]).includes(field)) continue
    throw new CliFailure(
      `--column ${field}: is not a field; the fields are ${COLUMN_FIELDS.join(', ')}.`,
    )
  }
  const ofExport = (known?.fields ?? []).filter(
    ([field, column]) => columns.includes(column) && !given.some(([one]) => one === field),
  )
  return {
    time,
    fields: [...ofExport, ...given],
    quantities: pairs('--quantity', options.quantity),
    properties: pairs('--property', options.property),
  }
}

const named = (field: string, column: string | undefined): [string, string][] =>
  column === undefined ? [] : [[field, column]]

const pairs = (option: string, texts: readonly string[] = []): (readonly [string, string])[] =>
  texts.map((text) => {
    const equals = text.indexOf('=')
    if (equals > 0 && equals < text.length - 1) {
      return [text.slice(0, equals), text.slice(equals + 1)]
    }
    const what = { '--quantity': 'a meter', '--property': 'a property' }[option] ?? 'a field'
    throw new CliFailure(`${option} ${text}: must be ${what}, "=" and a column.`)
  })

/** The full name of an event type, so that both forms of the name mean the same. */
const fullName = (eventType: string, { plan }: Organization): string =>
  eventType.includes('/') ? eventType : `${plan.split('/')[0]}/${eventType}`

/** Finds the earliest time of all rows, which may be in any order. Reads the file once more. */
const earliestOf = async (path: string, readRow: RowReader, known: Date): Promise<Date> => {
  let earliest = known
  let isHeader = true
  for await (const row of readCsv(path)) {
    const at = isHeader ? undefined : timeOf(readRow, row)
    isHeader = false
    if (at && at < earliest) earliest = at
  }
  return earliest
}

/** A faulty row is reported later, when it is read. */
const timeOf = (readRow: RowReader, row: CsvRow): Date | undefined => {
  try {
    return readRow(row).at
  } catch {
    return undefined
  }
}

/** A new organization starts at the time of the first row, so that its periods cover the file. */
const findOrMakeOrganization = async (
  { organization: id, plan }: RowOptions,
  { tollgate }: ReplayTarget,
  firstAt: () => Promise<Date>,
): Promise<Organization> => {
  const found = await tollgate.organizations.get({ organizationId: id }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'not_found') return undefined
    throw error
  })
  if (!found) {
    if (plan !== undefined) {
      const startsAt = (await firstAt()).toISOString()
      return tollgate.organizations.create({ id, name: id, plan, startsAt })
    }
    throw new CliFailure(
      `There is no organization ${id}: create it with --plan, such as rag-chatbot/trial.`,
    )
  }
  if (plan !== undefined && plan !== found.plan && !found.plan.endsWith(`/${plan}`)) {
    throw new CliFailure(
      `The organization ${id} is on ${found.plan}, not on ${plan}: leave out --plan to use ` +
        'its current plan.',
    )
  }
  return found
}
