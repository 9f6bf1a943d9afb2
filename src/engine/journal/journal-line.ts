import type { Lines } from '../../journal/journal.ts'
import type { LeaseRef, LeaseSpent } from '../../storage/tables/leases.ts'
import type { RecordAsk } from '../../storage/tables/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import { quantitiesJson } from '../gate/usage-item.ts'

/** Writes events as lines of the journal. A lease is written out once in each file. */
export const createJournalLines = (): Lines<RecordAsk> => {
  const beginningOf = createBeginnings()
  let numbers = new Map<LeaseRef, number>()
  const partOf = ({ lease, units }: LeaseSpent): string => {
    const known = numbers.get(lease)
    if (known !== undefined) return `[${known},${units}]`
    const number = numbers.size
    numbers.set(lease, number)
    return `[${number},${units},${inAscii(JSON.stringify(lease))}]`
  }
  return {
    of: ({ item, spent }) => {
      const event = `${beginningOf(item)}${endOf(item)}`
      if (!spent) return `{${event}}`
      let parts = ''
      for (const part of spent) parts += `${parts === '' ? '' : ','}${partOf(part)}`
      return `{${event},"spent":[${parts}]}`
    },
    begin: () => {
      numbers = new Map()
    },
  }
}

/** Fields by the short names that they have in a line. */
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
  ['properties', 'properties'],
  ['verb', 'verb'],
  ['reverses', 'reverses'],
] as const
const NUMBERS = [
  ['in', 'inputTokens'],
  ['cached', 'cachedInputTokens'],
  ['out', 'outputTokens'],
  ['reasoning', 'reasoningTokens'],
  ['status', 'status'],
  ['ms', 'durationMs'],
] as const

/** What each line has; what has no value is left out, and so is what follows from the rest. */
interface Line extends Readonly<Record<string, unknown>> {
  readonly org: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** When it was received, where that is another moment. */
  readonly got?: number
  /** Left out where it is the id. */
  readonly print?: string
  readonly late?: true
  readonly type: string
  readonly cat: string
  /** Digits: they may be more than a number holds. */
  readonly credits: string
  readonly version: string
  readonly amounts: readonly (readonly [meter: string, units: string, value?: string])[]
  /** Number of a lease in this file, units, and the lease where it is named for the first time. */
  readonly spent?: readonly (readonly [number: number, units: number, lease?: LeaseRef])[]
}

/**
 * What many events in a row have in common, as it is written. To put a line together is a third of
 * what a decision on a lease costs.
 */
const createBeginnings = () => {
  let last: UsageItem | undefined
  let text = ''
  return (item: UsageItem): string => {
    const isSame =
      last?.catalogVersionId === item.catalogVersionId &&
      last.microCredits === item.microCredits &&
      last.eventType === item.eventType &&
      last.organizationId === item.organizationId
    if (isSame) return text
    last = item
    text =
      `"org":${quoted(item.organizationId)},"type":${quoted(item.eventType)},` +
      `"cat":${quoted(item.category)},"credits":"${item.microCredits}",` +
      `"version":"${item.catalogVersionId}"`
    return text
  }
}

const endOf = (item: UsageItem): string => {
  const { id, fingerprint, occurredAt, receivedAt } = item
  let line = `,"id":${quoted(id)},"at":${occurredAt.getTime()}`
  if (fingerprint !== id) line += `,"print":${quoted(fingerprint)}`
  if (receivedAt !== occurredAt) line += `,"got":${receivedAt.getTime()}`
  if (item.backfilled) line += ',"late":true'
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

/** Most texts need no escaping, and to see that costs less. */
const quoted = (text: string): string =>
  /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : inAscii(JSON.stringify(text))

const inAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Reads the lines of one file, in order. */
export const createLineReader = (): ((line: string) => RecordAsk) => {
  const leases = new Map<number, LeaseRef>()
  return (text) => {
    const line = JSON.parse(text) as Line
    const spent = line.spent?.flatMap(([number, units, given]): LeaseSpent[] => {
      if (given) leases.set(number, given)
      const lease = leases.get(number)
      // Where it was named is damaged: the event counts, and what it was let through on is forfeited.
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
    eventType: line.type,
    category: line.cat,
    microCredits: BigInt(line.credits),
    catalogVersionId: BigInt(line.version),
    amounts,
    quantities: quantitiesJson(amounts),
  }
}
