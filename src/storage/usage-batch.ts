/**
 * How a batch of use goes to the database: the columns of `tollgate.usage_batch`, each as one
 * array literal. Built here rather than by the drivers: a batch of a thousand events is 40,000
 * values, and this is the cheapest way to send them (a column that is empty throughout is sent as
 * null). Every value is bound as a parameter, so nothing in it can become SQL.
 */

/** One meter of one event, in the meter's smallest unit; `value` is a member of a unique meter. */
export interface UsageAmount {
  readonly meter: string
  readonly units: bigint
  readonly value?: string | undefined
}

/** One event, priced and checked, as it is written. */
export interface UsageItem {
  readonly organizationId: string
  readonly id: string
  /** 128 bits of the payload's SHA-256, as a UUID: tells a retry from another event. */
  readonly fingerprint: string
  readonly occurredAt: Date
  readonly receivedAt: Date
  readonly backfilled: boolean
  readonly reverses?: string | undefined
  readonly eventType: string
  readonly category: string
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly apiKeyId?: string | undefined
  /** JSON of meter → units, or the value for a unique meter. */
  readonly quantities: string
  readonly microCredits: bigint
  /** Decimal text in US dollars; undefined: no model, or unpriced. */
  readonly costUsd?: string | undefined
  readonly priceSource?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly inputTokens?: number | undefined
  readonly cachedInputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  readonly reasoningTokens?: number | undefined
  readonly endpoint?: string | undefined
  readonly method?: string | undefined
  readonly status?: number | undefined
  readonly durationMs?: number | undefined
  readonly catalogVersionId: bigint
  /** JSON */
  readonly properties?: string | undefined
  readonly amounts: readonly UsageAmount[]
}

type Cell = string | number | bigint | undefined

interface Column<Row> {
  readonly name: string
  readonly type: string
  /** Text is quoted; what can only be digits, dashes and colons need not be. */
  readonly quote: boolean
  readonly cell: (row: Row) => Cell
}

const text = <Row>(name: string, cell: (row: Row) => Cell): Column<Row> => ({
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

const EVENT_COLUMNS: readonly Column<UsageItem>[] = [
  text('organization_id', (item) => item.organizationId),
  text('id', (item) => item.id),
  plain('fingerprint', 'uuid', (item) => item.fingerprint),
  plain('occurred_at', 'timestamptz', (item) => item.occurredAt.toISOString()),
  plain('received_at', 'timestamptz', (item) => item.receivedAt.toISOString()),
  plain('backfilled', 'boolean', (item) => (item.backfilled ? 't' : 'f')),
  text('reverses', (item) => item.reverses),
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

type AmountRow = UsageAmount & { readonly item: number }

const AMOUNT_COLUMNS: readonly Column<AmountRow>[] = [
  plain('amount_item', 'integer', (amount) => amount.item),
  text('amount_meter', (amount) => amount.meter),
  plain('amount_units', 'bigint', (amount) => amount.units),
  text('amount_value', (amount) => amount.value),
]

/** How many parameters a batch takes; further ones of a statement come after them. */
export const BATCH_PARAMETERS = EVENT_COLUMNS.length + AMOUNT_COLUMNS.length

/** The batch as an SQL expression over parameters 1 to `BATCH_PARAMETERS`. */
export const BATCH_EXPRESSION = `row(${[...EVENT_COLUMNS, ...AMOUNT_COLUMNS]
  .map((column, index) => `$${index + 1}::${column.type}[]`)
  .join(', ')})::tollgate.usage_batch`

/** The batch's parameters, in order. */
export const batchParameters = (items: readonly UsageItem[]): (string | null)[] => {
  const amounts: AmountRow[] = []
  for (const [index, { amounts: ofItem }] of items.entries()) {
    for (const { meter, units, value } of ofItem) {
      amounts.push({ item: index + 1, meter, units, value })
    }
  }
  return [
    ...EVENT_COLUMNS.map((column) => literal(column, items)),
    ...AMOUNT_COLUMNS.map((column) => literal(column, amounts)),
  ]
}

/** A column as a PostgreSQL array literal; null when no row has a value in it. */
const literal = <Row>({ quote, cell }: Column<Row>, rows: readonly Row[]): string | null => {
  let some = false
  let written = '{'
  for (const [index, row] of rows.entries()) {
    const value = cell(row)
    if (index > 0) written += ','
    if (value === undefined) written += 'NULL'
    else {
      some = true
      written += quote ? quoteElement(String(value)) : value
    }
  }
  return some ? `${written}}` : null
}

/** A text as an array element. Most texts need no escaping, which one look tells. */
const quoteElement = (value: string): string =>
  NEEDS_ESCAPE.test(value) ? `"${value.replace(ESCAPED, '\\$&')}"` : `"${value}"`
const NEEDS_ESCAPE = /["\\]/
const ESCAPED = /["\\]/g

/** Further array parameters of a statement, one place an item. */
export const textArray = (values: readonly (string | undefined)[]): string =>
  `{${values.map((value) => (value === undefined ? 'NULL' : quoteElement(value))).join(',')}}`
