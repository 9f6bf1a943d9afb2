import { Client, type ClientConfig } from 'pg'
import { parserFor } from '../../src/storage/parsers.ts'

/**
 * Prisma's raw queries and interactive transactions as documented, on a `pg` client, because
 * Prisma's own engine is a download. It sends a string as a `text` parameter, and a null without a
 * type. Values come back as the JavaScript type of their database type; a type without one is an
 * error. The client inside `$transaction` has no `$connect`.
 */
export const prismaLike = (client: Client) => {
  let statements = 0
  const $queryRawUnsafe = async (text: string, ...values: unknown[]): Promise<unknown> => {
    statements += 1
    const name = `prisma_${statements}`
    const types = values.map((value) => (value === null ? 'unknown' : 'text'))
    const given = values.map((value) => (value === null ? 'null' : literal(client, value)))
    const list = (items: readonly string[]) => (items.length > 0 ? `(${items.join(', ')})` : '')
    await client.query(`prepare ${name} ${list(types)} as ${text}`)
    const execute = { text: `execute ${name} ${list(given)}`, types: { getTypeParser } }
    const { rows } = await client.query(execute as never)
    await client.query(`deallocate ${name}`)
    return rows
  }
  return {
    $connect: async () => undefined,
    $queryRawUnsafe,
    $transaction: async <T>(
      work: (tx: { $queryRawUnsafe: typeof $queryRawUnsafe }) => Promise<T>,
    ): Promise<T> => {
      await client.query('begin')
      try {
        const result = await work({ $queryRawUnsafe })
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      }
    },
  }
}

export const connected = async (url: string, config: ClientConfig = {}): Promise<Client> => {
  const client = new Client({ ...config, connectionString: url })
  await client.connect()
  return client
}

const literal = (client: Client, value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError('only texts are sent by Tollgate')
  return client.escapeLiteral(value)
}

/** Like Decimal.js. */
const decimal = (text: string) => ({ constructor: { name: 'Decimal' }, toString: () => text })

const DESERIALIZED: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [16, (text: string) => text === 't'],
  [20, BigInt],
  [21, Number],
  [23, Number],
  [25, String],
  [114, JSON.parse],
  [700, Number],
  [701, Number],
  [1043, String],
  [1082, (text: string) => new Date(text)],
  [1114, (text: string) => new Date(`${text}Z`)],
  [1184, (text: string) => new Date(text)],
  [1700, decimal],
  [2950, String],
  [3802, JSON.parse],
  [1009, parserFor(1009)],
])

const getTypeParser = (typeId: number) => (text: string) => {
  const parse = DESERIALIZED.get(typeId)
  if (!parse) throw new Error(`Failed to deserialize column of type ${typeId}`)
  return parse(text)
}
