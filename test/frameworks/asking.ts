import { request } from 'node:http'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'

/** An answer with its body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into here
  readonly body: any
}

/** Sends a POST, and reads its whole answer. */
export const post = async (url: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(url, { method: 'POST', headers })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  }
}

/** Sends a POST, reads this many pieces of its answer, and leaves like a closed browser. */
export const postAndLeave = (
  url: string,
  headers: Record<string, string>,
  afterPieces: number,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.split('\n').length > afterPieces) response.destroy()
      })
      response.on('close', () => resolve())
      response.on('error', () => {})
    })
    asked.on('error', reject)
    asked.end()
  })

/** An organization's state: tokens used and held today, and its events' totals. */
export const standing = async (
  tollgate: TollgateEngine,
  organizationId: string,
): Promise<{ used: number; held: number; recorded: number; events: number }> => {
  await tollgate.flush()
  const { limits, month } = await tollgate.usage.current({ organizationId })
  const tokens = limits.find(({ limit }) => limit === 'tokens/day')
  return {
    used: tokens?.used ?? 0,
    held: tokens?.held ?? 0,
    recorded: month.meters.tokens ?? 0,
    events: month.events,
  }
}

/** A store that the test can make unavailable. */
export const leavable = (database: Database): Database & { isAway: boolean } => {
  const away = async (): Promise<never> => {
    throw new DatabaseError({ message: 'cannot connect now', code: '57P03' })
  }
  const store: Database & { isAway: boolean } = {
    ...database,
    isAway: false,
    query: ((...given) => (store.isAway ? away() : database.query(...given))) as Database['query'],
    transaction: ((...given) =>
      store.isAway ? away() : database.transaction(...given)) as Database['transaction'],
  }
  return store
}
