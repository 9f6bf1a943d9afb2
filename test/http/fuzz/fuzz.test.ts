import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../src/http/openapi.ts'
import { isLong, times } from '../../setup/form.ts'
import { ADMIN_KEY, type Door, openDoor } from '../door.ts'
import { type FuzzRequest, operationsOf, requestsTo } from './requests.ts'
import type { KnownValues } from './values.ts'

const REQUESTS = times('TOLLGATE_FUZZ_REQUESTS', { short: 3_000, long: 40_000 })
const SEED = Number(process.env.TOLLGATE_FUZZ_SEED ?? 20_260_310)
/** Not a performance target: a slower answer counts as hanging. */
const HANGS_MS = 20_000
/** The long form's limit on the embedded database's rows and the tests' own lists. */
const MOST_GROWTH_BYTES = 150_000_000

const document = openApiDocument()
const operations = operationsOf(document)

describe('every operation of the OpenAPI document', () => {
  const door = openDoor()

  it(`answers ${REQUESTS} random requests as documented, and never fails`, {
    timeout: 1_800_000,
  }, async () => {
    const { key, id } = await door().organization()
    const source = {
      document,
      known: await knownValues(door(), id),
      credentials: [ADMIN_KEY, ADMIN_KEY, key],
    }
    const each = Math.ceil(REQUESTS / operations.length)
    const rounds = isLong ? 8 : 1
    const statuses = new Map<number, number>()
    const faults: string[] = []
    const heaps: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, operation] of operations.entries()) {
        const requests = fc.sample(requestsTo(operation, source), {
          seed: SEED + round * 1_000 + index,
          numRuns: Math.ceil(each / rounds),
        })
        for (const request of requests) {
          const answer = await answerTo(door(), request)
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
          const fault = faultOf(answer, Object.keys(operation.operation.responses as object))
          if (fault) faults.push(`${fault}: ${JSON.stringify(request).slice(0, 2_000)}`)
        }
      }
      heaps.push(heapAfterCollection())
    }
    expect(faults.slice(0, 20)).toEqual([])
    // This is useful only if many requests pass, and many do not.
    const count = (from: number) =>
      [...statuses].reduce(
        (sum, [status, n]) => sum + (status >= from && status < from + 100 ? n : 0),
        0,
      )
    expect(count(200)).toBeGreaterThan(REQUESTS / 10)
    expect(count(400)).toBeGreaterThan(REQUESTS / 10)
    expect(Number(heaps.at(-1)) - Number(heaps[0])).toBeLessThan(MOST_GROWTH_BYTES)
  })
})

/** Existing ids, so that many requests concern something. */
const knownValues = async ({ tollgate }: Door, organizationId: string): Promise<KnownValues> => {
  await tollgate.organizations.create({ id: 'other', name: 'Other', plan: 'ai-workspace/starter' })
  const event = { id: 'event-1', organizationId, eventType: 'chat_message' }
  const { decisionId } = await tollgate.track(event)
  const hold = await tollgate.reserve({ ...event, id: 'held-1' })
  const { id: keyId } = await tollgate.apiKeys.create({ organizationId, name: 'another' })
  await tollgate.members.add({ organizationId, userId: 'user-7', role: 'member', name: 'Ada' })
  return {
    organizationId: [organizationId, organizationId, 'other', 'nobody'],
    eventType: ['chat_message', 'ai-workspace/chat_message'],
    eventId: ['event-1', 'event-2'],
    id: ['event-1', 'a', 'b', 'c'],
    reservationId: [hold.allowed ? hold.reservationId : ''],
    decisionId: [decisionId],
    keyId: [keyId],
    userId: ['user-7', 'user-8'],
    plan: ['ai-workspace/pro', 'ai-workspace/starter', 'ai-workspace/free', 'pro'],
    catalog: ['ai-workspace'],
    meter: ['tokens', 'credits', 'api_calls'],
    cursor: ['', 'eyJhIjoxfQ', 'x'],
  }
}

interface FuzzAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

const answerTo = async ({ handler }: Door, request: FuzzRequest): Promise<FuzzAnswer> => {
  const { method, target, headers, body } = request
  let timer: NodeJS.Timeout | undefined
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer to ${JSON.stringify(request).slice(0, 2_000)}`)),
      HANGS_MS,
    )
  })
  const answering = async (): Promise<FuzzAnswer> => {
    const response = await handler(
      new Request(`http://tollgate.test${target}`, {
        method,
        headers,
        ...(body !== undefined && method !== 'GET' && { body }),
      }),
    )
    const type = response.headers.get('content-type') ?? ''
    // An event stream continues until its reader leaves.
    const isEndless = type.startsWith('text/event-stream')
    if (isEndless) await response.body?.cancel()
    return { status: response.status, type, text: isEndless ? '' : await response.text() }
  }
  try {
    return await Promise.race([answering(), hanging])
  } finally {
    clearTimeout(timer)
  }
}

/** The faults of an answer, for any request. */
const faultOf = ({ status, type, text }: FuzzAnswer, documented: string[]): string | undefined => {
  if (status >= 500) return `${status} ${text.slice(0, 300)}`
  if (!documented.includes(String(status))) return `${status} is not documented`
  if (status < 400) return undefined
  if (!type.startsWith('application/problem+json')) return `${status} as ${type}`
  const problem = JSON.parse(text) as { status: number; code?: string; requestId?: string }
  return problem.status === status && problem.code && problem.requestId
    ? undefined
    : `a problem without its parts: ${text}`
}

const heapAfterCollection = (): number => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
