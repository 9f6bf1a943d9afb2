import { setImmediate } from 'node:timers/promises'
import {
  aheadLiteral,
  amountLiterals,
  DERIVED_COLUMNS,
  totalLiterals,
  type UnitsAhead,
} from './batch-amounts.ts'
import { quoteElement } from './text-array.ts'

/**
 * Sends a batch of use to the database as the columns of `tollgate.usage_batch`, each as one array
 * literal.
 *
 * The literals are built here and not by the drivers. A batch of a thousand events is 40,000
 * values, and this is the cheapest way to send them. A column without any value is sent as null.
 * Every value is bound as a parameter, so nothing in it can become SQL.
 */

/**
 * One meter of one event, in the meter's smallest unit. For a unique meter, `value` is the counted
 * member.
 */
export interface UsageAmount {
  readonly meter: string
  readonly units: bigint
  readonly value?: string | undefined
}

/** One event, priced and checked, ready to be written. */
export interface UsageItem {
  readonly organizationId: string
  readonly id: string
  /** 128 bits of the payload's SHA-256, as a UUID. It tells a retry from a different event. */
  readonly fingerprint: string
  readonly occurredAt: Date
  readonly receivedAt: Date
  readonly backfilled: boolean
  readonly reverses?: string | undefined
  /** The verb that wrote the event; `record` if undefined. */
  readonly verb?: 'track' | undefined
  readonly eventType: string
  readonly category: string
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly apiKeyId?: string | undefined
  /** JSON of meter → units, or the value for a unique meter. */
  readonly quantities: string
  readonly microCredits: bigint
  /**
   * US dollars as a decimal text. Undefined if the event has no model, or its model has no price.
   */
  readonly costUsd?: string | undefined
  readonly priceSource?: string | undefined
  /** `provider/model` of the price. */
  readonly priceName?: string | undefined
  /** The input includes audio or images at another price, and the event did not say how much. */
  readonly pricedAsText?: boolean | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly inputTokens?: number | undefined
  readonly cachedInputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  readonly reasoningTokens?: number | undefined
  /** JSON of the amounts that have no column of their own. */
  readonly parts?: string | undefined
  readonly endpoint?: string | undefined
  readonly method?: string | undefined
  readonly status?: number | undefined
  readonly durationMs?: number | undefined
  readonly catalogVersionId: bigint
  /** JSON. */
  readonly properties?: string | undefined
  readonly amounts: readonly UsageAmount[]
  /** The budget that it uses. */
  readonly budgetId?: string | undefined
  /** It may use the share that its budget reserves for the end. */
  readonly isFinal?: boolean | undefined
}

type Cell = string | number | bigint | undefined

interface Column<Row> {
  readonly name: string
  readonly type: string
  /** True for text, which may need quotes. Digits, dashes and colons need none. */
  readonly quote: boolean
  readonly cell: (row: Row) => Cell
  /** Formats a value. Absent: the value is written as it is. */
  readonly write?: (value: Cell) => string
}

const text = <Row>(name: string, cell: (row: Row) => string | undefined): Column<Row> => ({
  name,
  type: 'text',
  quote: true,
  cell,
})
const plain = <Row>(name: string, type: string, cell: (row: Row) => Cell): Column<Row> => ({
  name,
  type,
  quote: false,
  cell,
})

/**
 * Milliseconds. They are formatted as an ISO instant only where they differ from the previous row.
 */
const instant = <Row>(name: string, at: (row: Row) => Date): Column<Row> => ({
  name,
  type: 'timestamptz',
  quote: false,
  cell: (row) => at(row).getTime(),
  write: (value) => new Date(Number(value)).toISOString(),
})

const EVENT_COLUMNS: readonly Column<UsageItem>[] = [
  text('organization_id', (item) => item.organizationId),
  text('id', (item) => item.id),
  plain('fingerprint', 'uuid', (item) => item.fingerprint),
  instant('occurred_at', (item) => item.occurredAt),
  instant('received_at', (item) => item.receivedAt),
  plain('backfilled', 'boolean', (item) => (item.backfilled ? 't' : 'f')),
  text('reverses', (item) => item.reverses),
  text('verb', (item) => item.verb),
  text('event_type', (item) => item.eventType),
  text('category', (item) => item.category),
  text('user_id', (item) => item.userId),
  text('session_id', (item) => item.sessionId),
  plain('api_key_id', 'uuid', (item) => item.apiKeyId),
  text('quantities', (item) => item.quantities),
  plain('credits', 'bigint', (item) => item.microCredits),
  plain('cost_usd', 'numeric', (item) => item.costUsd),
  text('price_source', (item) => item.priceSource),
  text('provider', (item) => item.provider),
  text('model', (item) => item.model),
  plain('input_tokens', 'bigint', (item) => item.inputTokens),
  plain('cached_input_tokens', 'bigint', (item) => item.cachedInputTokens),
  plain('output_tokens', 'bigint', (item) => item.outputTokens),
  plain('reasoning_tokens', 'bigint', (item) => item.reasoningTokens),
  text('endpoint', (item) => item.endpoint),
  text('method', (item) => item.method),
  plain('status', 'smallint', (item) => item.status),
  plain('duration_ms', 'integer', (item) => item.durationMs),
  plain('catalog_version_id', 'bigint', (item) => item.catalogVersionId),
  text('properties', (item) => item.properties),
]

/** Columns that were added to the type later stand at its end. */
const LATER_COLUMNS: readonly Column<UsageItem>[] = [
  text('price_name', (item) => item.priceName),
  plain('priced_as_text', 'boolean', (item) => (item.pricedAsText ? 't' : undefined)),
  text('parts', (item) => item.parts),
  text('budget_id', (item) => item.budgetId),
  plain('budget_final', 'boolean', (item) => (item.isFinal ? 't' : undefined)),
]

/** The number of parameters of a batch. A statement's other parameters come after them. */
export const BATCH_PARAMETERS = EVENT_COLUMNS.length + DERIVED_COLUMNS.length + LATER_COLUMNS.length

/** The batch as an SQL expression over parameters 1 to `BATCH_PARAMETERS`. */
export const BATCH_EXPRESSION = `row(${[...EVENT_COLUMNS, ...DERIVED_COLUMNS, ...LATER_COLUMNS]
  .map((column, index) => `$${index + 1}::${column.type}[]`)
  .join(', ')})::tollgate.usage_batch`

/** A parameter that follows those of the batch, from 1. */
export const parameter = (offset: number): string => `$${BATCH_PARAMETERS + offset}`

/** As many values are written in one turn of the event loop. It takes a fifth of a millisecond. */
const VALUES_IN_A_TURN = 1_000

/**
 * The parameters of a batch that nobody waits for, in turns, so that requests are served meanwhile.
 * A batch of one turn's size is written at once.
 */
export const batchParametersInTurns = async (
  items: readonly UsageItem[],
): Promise<(string | null)[]> => {
  const columns = Math.max(1, Math.floor(VALUES_IN_A_TURN / items.length))
  if (columns >= EVENT_COLUMNS.length) return batchParameters(items)
  const parameters: (string | null)[] = []
  for (let from = 0; from < EVENT_COLUMNS.length; from += columns) {
    for (const column of EVENT_COLUMNS.slice(from, from + columns)) {
      parameters.push(literal(column, items))
    }
    await setImmediate()
  }
  parameters.push(...amountLiterals(items), aheadLiteral(items, undefined))
  await setImmediate()
  parameters.push(...totalLiterals(items))
  for (const column of LATER_COLUMNS) parameters.push(literal(column, items))
  await setImmediate()
  return parameters
}

/** The batch's parameters, in order. Only decisions pass `ahead`. */
export const batchParameters = (
  items: readonly UsageItem[],
  ahead?: UnitsAhead,
): (string | null)[] => [
  ...EVENT_COLUMNS.map((column) => literal(column, items)),
  ...amountLiterals(items),
  aheadLiteral(items, ahead),
  ...totalLiterals(items),
  ...LATER_COLUMNS.map((column) => literal(column, items)),
]

/** A column as a PostgreSQL array literal; null when no row has a value in it. */
const literal = <Row>(column: Column<Row>, rows: readonly Row[]): string | null => {
  const { quote, cell, write = String } = column
  let some = false
  let last: Cell
  let lastWritten = 'NULL'
  const cells = new Array<string>(rows.length)
  for (let index = 0; index < rows.length; index++) {
    const value = cell(rows[index] as Row)
    // Neighbouring rows often share the same type, method or instant.
    if (value !== last) {
      last = value
      if (value === undefined) lastWritten = 'NULL'
      else {
        some = true
        lastWritten = quote ? quoteElement(value as string) : write(value)
      }
    }
    cells[index] = lastWritten
  }
  return some ? `{${cells.join(',')}}` : null
}
