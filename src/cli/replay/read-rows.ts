import type { Organization } from '../../contract/tenancy.ts'
import { CliFailure } from '../failure.ts'
import type { Progress } from '../progress.ts'
import { type CsvRow, readCsv } from './csv-rows.ts'
import { createEventIds } from './event-ids.ts'
import type { ReplayRow } from './replay-rows.ts'
import type { ReplayTarget } from './replay-target.ts'
import { createRowReader, type RowReader } from './row-columns.ts'

/** What the command line says of the rows. */
export interface RowOptions {
  readonly organization: string
  readonly plan?: string
  readonly event: string
  readonly model?: string
  readonly provider?: string
  readonly time: string
  readonly inputTokens?: string
  readonly outputTokens?: string
  /** Each is `meter=column`. */
  readonly quantity?: readonly string[]
  readonly user?: string
}

/** The rows as events; the organization is looked up, or made, when the first one is there. */
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
  const quantities = (options.quantity ?? []).map(meterAndColumn)
  const readRow = createRowReader(path, header, { ...options, quantities })
  const nextId = createEventIds(options.event, header)
  let subject: Awaited<ReturnType<typeof findSubject>> | undefined
  return async (row) => {
    const { at, ...usage } = readRow(row)
    subject ??= await findSubject(options, target, () => earliestOf(path, readRow, at))
    const event = {
      ...usage,
      id: nextId(row.cells),
      eventType: subject.eventType,
      organizationId: options.organization,
      timestamp: at.toISOString(),
      model: options.model,
      provider: options.provider,
    }
    const priced = {
      inputTokens: usage.inputTokens ?? 0,
      outputTokens: usage.outputTokens ?? 0,
      microCredits: subject.pricing.microCredits,
      costUsd: subject.pricing.costUsd(event, at),
    }
    return { line: row.line, event, priced }
  }
}

const meterAndColumn = (text: string): readonly [meter: string, column: string] => {
  const equals = text.indexOf('=')
  if (equals > 0 && equals < text.length - 1) {
    return [text.slice(0, equals), text.slice(equals + 1)]
  }
  throw new CliFailure(`--quantity ${text}: must be a meter, "=" and a column.`)
}

/** The event type by its full name, so that it is the same one however it was given. */
const findSubject = async (
  options: RowOptions,
  target: ReplayTarget,
  firstAt: () => Promise<Date>,
) => {
  const organization = await findOrMakeOrganization(options, target, firstAt)
  const [homeCatalog] = organization.plan.split('/')
  const eventType = options.event.includes('/') ? options.event : `${homeCatalog}/${options.event}`
  return { eventType, pricing: await target.pricing(eventType) }
}

/** When the first of all rows happened, wherever it stands in the file. Reads the file once more. */
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

/** What is wrong with a row is told when its turn comes. */
const timeOf = (readRow: RowReader, row: CsvRow): Date | undefined => {
  try {
    return readRow(row).at
  } catch {
    return undefined
  }
}

/** A new organization starts when its first use happened, so that its periods cover the file. */
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
      `There is no organization ${id}: give --plan to make it, such as rag-chatbot/trial.`,
    )
  }
  if (plan !== undefined && plan !== found.plan && !found.plan.endsWith(`/${plan}`)) {
    throw new CliFailure(
      `The organization ${id} is on ${found.plan}, not on ${plan}: ` +
        'leave out --plan to use the plan that it has.',
    )
  }
  return found
}
