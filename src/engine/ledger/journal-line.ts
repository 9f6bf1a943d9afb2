import type { UsageEvent } from '../../contract/usage.ts'
import { partsOf } from '../../core/usage-parts.ts'
import type { Lines } from '../../journal/journal.ts'
import { inAscii, LineBytes } from '../../journal/line-bytes.ts'
import type { LeaseRef, LeaseSpent } from '../../storage/gate/leases.ts'
import type { RecordAsk } from '../../storage/gate/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Need } from '../counters/needs.ts'
import { quantitiesJson } from './usage-item.ts'

/** A use on leases without a row yet. Its journal line is written from these parts. */
export interface UnmadeUse {
  /** The common fields of all uses of its kind, as `beginningOf` writes them. */
  readonly beginning: string
  readonly id: string
  readonly atMs: number
  readonly apiKeyId: string | undefined
  /** Has no time, properties or model. */
  readonly event: UsageEvent
  readonly amounts: readonly { readonly meter: string; readonly units: number }[]
  readonly needs: readonly Need[]
}

export interface JournaledAsk extends RecordAsk {
  /** Undefined: the row must be made first, because its price in dollars is the current one. */
  readonly unmade?: UnmadeUse | undefined
}

export interface JournalLines extends Lines<JournaledAsk> {
  /** The line as text. */
  of(ask: JournaledAsk): string
}

/** Writes events as lines of the journal. A lease is written in full once per file. */
export const createJournalLines = (): JournalLines => {
  const beginningOfItem = createBeginnings()
  let numbers = new Map<LeaseRef, number>()
  const writePart = (to: LineBytes, isFirst: boolean, lease: LeaseRef, units: number): void => {
    const known = numbers.get(lease)
    const number = known ?? numbers.size
    to.ascii(isFirst ? '[' : ',[')
    to.number(number)
    to.ascii(',')
    to.number(units)
    if (known === undefined) {
      numbers.set(lease, number)
      to.ascii(`,${inAscii(JSON.stringify(lease))}`)
    }
    to.ascii(']')
  }
  const writeUnmade = (to: LineBytes, unmade: UnmadeUse): void => {
    to.ascii('{')
    to.ascii(unmade.beginning)
    writeEndOfUnmade(to, unmade)
    to.ascii(',"spent":[')
    let isFirst = true
    for (const { slot, units } of unmade.needs) {
      if (!slot.limit.isPosted) continue
      writePart(to, isFirst, slot.ref, units)
      isFirst = false
    }
    to.ascii(']}')
  }
  const write = (ask: JournaledAsk, to: LineBytes): void => {
    const { unmade } = ask
    if (unmade) {
      writeUnmade(to, unmade)
      return
    }
    const { item, spent } = ask
    to.ascii(`{${beginningOfItem(item)}${endOf(item)}`)
    if (spent) {
      to.ascii(',"spent":[')
      for (const [index, { lease, units }] of spent.entries()) {
        writePart(to, index === 0, lease, units)
      }
      to.ascii(']')
    }
    to.ascii('}')
  }
  return {
    write,
    of: (ask) => {
      const to = new LineBytes(1024)
      write(ask, to)
      return to.toString()
    },
    begin: () => {
      numbers = new Map()
    },
  }
}

/** The fields of an event with their short names in a line. */
const TEXTS = [
  ['user', 'userId'],
  ['session', 'sessionId'],
  ['key', 'apiKeyId'],
  ['path', 'endpoint'],
  ['method', 'method'],
  ['provider', 'provider'],
  ['model', 'model'],
  ['usd', 'costUsd'],
  ['price', 'priceSource'],
  ['priced', 'priceName'],
  ['others', 'parts'],
  ['properties', 'properties'],
  ['reverses', 'reverses'],
  ['budget', 'budgetId'],
] as const
const NUMBERS = [
  ['in', 'inputTokens'],
  ['cached', 'cachedInputTokens'],
  ['out', 'outputTokens'],
  ['reasoning', 'reasoningTokens'],
  ['status', 'status'],
  ['ms', 'durationMs'],
] as const

/** The fields of a line. Fields without a value are omitted, and so are derived ones. */
interface Line extends Readonly<Record<string, unknown>> {
  readonly org: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The time of receipt, if it differs. */
  readonly got?: number
  /** The fingerprint. Omitted if it equals the id. */
  readonly print?: string
  readonly late?: true
  /** Set for a priced call: true if all its input was priced as text. */
  readonly asText?: boolean
  readonly type: string
  readonly cat: string
  readonly verb?: UsageItem['verb']
  /** As digits, since they can exceed a safe integer. */
  readonly credits: string
  readonly version: string
  readonly amounts: readonly (readonly [meter: string, units: string, value?: string])[]
  /** The number of a lease in this file, its units, and the lease itself at its first mention. */
  readonly spent?: readonly (readonly [number: number, units: number, lease?: LeaseRef])[]
}

/**
 * Caches the common beginning of successive events. Building a line costs a third of a decision on
 * a lease.
 */
const createBeginnings = () => {
  let last: UsageItem | undefined
  let text = ''
  return (item: UsageItem): string => {
    const isSame =
      last?.catalogVersionId === item.catalogVersionId &&
      last.microCredits === item.microCredits &&
      last.eventType === item.eventType &&
      last.organizationId === item.organizationId &&
      last.verb === item.verb
    if (isSame) return text
    last = item
    text = beginningOf(item)
    return text
  }
}

/** Writes the common fields of all uses of one event type by one organization. */
export const beginningOf = (
  item: Pick<
    UsageItem,
    'organizationId' | 'eventType' | 'category' | 'microCredits' | 'catalogVersionId' | 'verb'
  >,
): string =>
  `"org":${quoted(item.organizationId)},"type":${quoted(item.eventType)},` +
  `"cat":${quoted(item.category)},"credits":"${item.microCredits}",` +
  `"version":"${item.catalogVersionId}"${item.verb === undefined ? '' : `,"verb":${quoted(item.verb)}`}`

/** Writes each field by name. Loops over lists of names would double the cost. */
const writeEndOfUnmade = (
  to: LineBytes,
  { id, atMs, apiKeyId, event, amounts }: UnmadeUse,
): void => {
  to.ascii(',"id":')
  to.quoted(id)
  to.ascii(',"at":')
  to.number(atMs)
  writeText(to, ',"user":', event.userId)
  writeText(to, ',"session":', event.sessionId)
  writeText(to, ',"key":', apiKeyId)
  writeText(to, ',"path":', event.endpoint)
  writeText(to, ',"method":', event.method)
  writeText(to, ',"provider":', event.provider)
  writeNumber(to, ',"in":', event.inputTokens)
  writeNumber(to, ',"cached":', event.cachedInputTokens)
  writeNumber(to, ',"out":', event.outputTokens)
  writeNumber(to, ',"reasoning":', event.reasoningTokens)
  writeNumber(to, ',"status":', event.status)
  if (event.durationMs != null) writeNumber(to, ',"ms":', Math.round(event.durationMs))
  const parts = partsOf(event)
  if (parts) writeText(to, ',"others":', JSON.stringify(parts))
  to.ascii(',"amounts":[')
  let isFirst = true
  for (const { meter, units } of amounts) {
    to.ascii(isFirst ? '["' : ',["')
    to.ascii(meter)
    to.ascii('","')
    to.number(units)
    to.ascii('"]')
    isFirst = false
  }
  to.ascii(']')
}

const writeText = (to: LineBytes, name: string, text: string | null | undefined): void => {
  if (text == null) return
  to.ascii(name)
  to.quoted(text)
}

const writeNumber = (to: LineBytes, name: string, number: number | null | undefined): void => {
  if (number == null) return
  to.ascii(name)
  to.number(number)
}
const endOf = (item: UsageItem): string => {
  const { id, fingerprint, occurredAt, receivedAt } = item
  let line = `,"id":${quoted(id)},"at":${occurredAt.getTime()}`
  if (fingerprint !== id) line += `,"print":${quoted(fingerprint)}`
  if (receivedAt !== occurredAt) line += `,"got":${receivedAt.getTime()}`
  if (item.backfilled) line += ',"late":true'
  if (item.pricedAsText !== undefined) line += `,"asText":${item.pricedAsText}`
  for (const [short, name] of TEXTS) {
    const text = item[name]
    if (text !== undefined) line += `,"${short}":${quoted(text)}`
  }
  for (const [short, name] of NUMBERS) {
    const number = item[name]
    if (number !== undefined) line += `,"${short}":${number}`
  }
  let amounts = ''
  for (const { meter, units, value } of item.amounts) {
    const member = value === undefined ? '' : `,${quoted(value)}`
    amounts += `${amounts === '' ? '' : ','}[${quoted(meter)},"${units}"${member}]`
  }
  return `${line},"amounts":[${amounts}]`
}

/** Most texts need no escaping, and this check costs less than escaping. */
const quoted = (text: string): string =>
  /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : inAscii(JSON.stringify(text))

/** Reads the lines of one file, in order. */
export const createLineReader = (): ((line: string) => RecordAsk) => {
  const leases = new Map<number, LeaseRef>()
  return (text) => {
    const line = JSON.parse(text) as Line
    const spent = line.spent?.flatMap(([number, units, given]): LeaseSpent[] => {
      if (given) leases.set(number, given)
      const lease = leases.get(number)
      // The line with the lease's first mention is damaged. The event counts, and its lease is
      // forfeited.
      return lease ? [{ lease, units }] : []
    })
    return { item: itemOf(line), spent }
  }
}

const itemOf = (line: Line): UsageItem => {
  const amounts = line.amounts.map(([meter, units, value]) => ({
    meter,
    units: BigInt(units),
    value,
  }))
  const named = [...TEXTS, ...NUMBERS].map(([short, name]) => [name, line[short]])
  return {
    ...(Object.fromEntries(named) as Pick<UsageItem, (typeof TEXTS | typeof NUMBERS)[number][1]>),
    organizationId: line.org,
    id: line.id,
    fingerprint: line.print ?? line.id,
    occurredAt: new Date(line.at),
    receivedAt: new Date(line.got ?? line.at),
    backfilled: line.late ?? false,
    verb: line.verb,
    pricedAsText: line.asText,
    eventType: line.type,
    category: line.cat,
    microCredits: BigInt(line.credits),
    catalogVersionId: BigInt(line.version),
    amounts,
    quantities: quantitiesJson(amounts),
  }
}
