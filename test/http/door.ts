import { afterAll, beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { DEFAULT_SCOPES } from '../../src/core/rights.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { trialOnboarding } from '../../src/index.ts'
import { createHandler, type Handler, type HandlerOptions } from '../../src/server.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'

export const ADMIN_KEY = 'the-platform-admin-key-of-the-tests'

/** An answer with its body. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into here
  readonly body: any
}

export interface SendOptions {
  /** The bearer credential: the admin key by default, none for `null`. */
  readonly key?: string | null
  /** Sent as JSON; a text is sent unchanged. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Door {
  readonly tollgate: TollgateEngine
  readonly clock: TestClock
  readonly handler: Handler
  readonly send: (method: string, path: string, options?: SendOptions) => Promise<Answered>
  /** Creates an organization on the plan, and a key that can also record. */
  readonly organization: (plan?: string) => Promise<{ id: string; key: string }>
}

/** A handler over a real engine with an empty database, for one file's tests. */
export const openDoor = (options: HandlerOptions = {}): (() => Door) => {
  let door: Door | undefined
  let lent: LentDatabase | undefined
  beforeAll(async () => {
    lent = await lentDatabase()
    const clock = testClock('2026-03-10T12:00:00Z')
    const tollgate = await createTollgate({
      database: lent.database,
      clock,
      workflows: [trialOnboarding()],
      onlyStartsWorkflows: true,
    })
    const handler = createHandler(tollgate, { adminKey: ADMIN_KEY, now: clock.now, ...options })
    door = { tollgate, clock, handler, send: sender(handler), organization: founder(tollgate) }
  })
  afterAll(async () => {
    await door?.tollgate.close()
    await lent?.giveBack()
  })
  return () => {
    if (!door) throw new Error('the door is open from beforeAll on')
    return door
  }
}

export const sender =
  (handler: Handler, origin = 'http://tollgate.test') =>
  async (
    method: string,
    path: string,
    { key = ADMIN_KEY, body, headers = {} }: SendOptions = {},
  ): Promise<Answered> => {
    const response = await handler(
      new Request(`${origin}${path}`, {
        method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: asText(body) }),
      }),
    )
    return answered(response)
  }

const answered = async (response: Response): Promise<Answered> => {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  }
}

const asText = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

const founder = (tollgate: TollgateEngine): Door['organization'] => {
  let made = 0
  return async (plan = 'ai-workspace/starter') => {
    made += 1
    const id = `org-${made}`
    await tollgate.organizations.create({ id, name: `Organization ${made}`, plan })
    const scopes = [...DEFAULT_SCOPES, 'usage.record' as const]
    const { key } = await tollgate.apiKeys.create({ organizationId: id, name: 'test', scopes })
    return { id, key }
  }
}
