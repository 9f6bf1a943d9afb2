import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { registriesOf } from '../../src/contract/registries.ts'
import { operations } from '../../src/operations/index.ts'
import { pageFieldOf } from '../../src/operations/operation.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { bundledFiles } from './bundled-client.ts'

/** Calls a client whose later files are in `away`, then again after they were put back. */
const PAGE = `
import { readdirSync, renameSync } from 'node:fs'
import { createClient, TollgateError } from './index.mjs'

const ANSWER = {
  allowed: true, reservationId: 'r', expiresInMs: 600_000,
  accepted: 1, rejected: [], items: [], nextCursor: null,
}
const asked = []
const client = (options) => createClient({
  url: 'http://tollgate.test', key: 'k', organizationId: 'acme', retries: 0, ...options,
  fetch: async (input, { body }) => {
    asked.push(new URL(input).pathname + (body ?? ''))
    return Response.json(ANSWER)
  },
})
const endOf = (promise) => promise.then(
  () => 'answered',
  (error) => (error instanceof TollgateError ? error.code : String(error)),
)
const hot = client()
const late = client()
const policy = client({ whenAway: 'policy' })
const call = { eventType: 'chat_message' }
const of = { reservationId: 'r' }
const HOT = {
  track: () => hot.track(call),
  check: () => hot.check(call),
  record: () => hot.record([call]),
  extend: () => hot.extend(of),
  settle: () => hot.settle(of),
  release: () => hot.release(of),
  current: () => hot.usage.current(),
  quota: () => hot.usage.quota({ meter: 'tokens', amount: 1 }),
  dashboard: () => hot.usage.dashboard(),
  close: () => hot.close(),
}
const LATE = {
  'another operation': () => late.apiKeys.create({ name: 'one' }),
  'the items of pages': async () => { for await (const _ of late.apiKeys.list()); },
  'a stream': () => late.usage.live(),
  'a hold': () => late.reserve(call),
  'a run': () => late.run(call, async () => 1),
  'a budget': () => late.budgets.open({ name: 'b' }),
  'an API key': () => late.track(call, { apiKeyId: '018f3e9a-0000-7000-8000-000000000000' }),
  'a registry': () => late.eventRegistry.refresh(),
  'the queue': () => late.enqueue(call),
  'the policy': () => policy.track(call),
}
const ends = async (calls) => {
  const found = {}
  for (const [name, made] of Object.entries(calls)) found[name] = await endOf(made())
  return found
}
const away = { hot: await ends(HOT), askedHot: asked.splice(0).length, late: await ends(LATE) }
away.asked = asked.splice(0)
away.closed = await endOf(late.close())
for (const name of readdirSync('away')) renameSync('away/' + name, name)
const input = { name: 'as it was' }
const created = late.webhooks.create(input)
input.name = 'changed'
await created
const body = asked.splice(0)
console.log(JSON.stringify({ away, back: await ends(LATE), body }))
`

const newFolder = temporaryFolders()

describe('a client whose later files cannot be loaded', () => {
  type Ends = Readonly<Record<string, string>>
  let found: {
    readonly away: { hot: Ends; askedHot: number; late: Ends; asked: string[]; closed: string }
    readonly back: Ends
    readonly body: readonly string[]
  }
  beforeAll(async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'away'))
    for (const { name, contents, isAtOnce } of await bundledFiles('client/index.ts')) {
      writeFileSync(join(folder, isAtOnce ? name : join('away', name)), contents)
    }
    writeFileSync(join(folder, 'page.mjs'), PAGE)
    found = JSON.parse(
      execFileSync(process.execPath, ['page.mjs'], { cwd: folder, encoding: 'utf8' }),
    )
  })

  it('serves the hot path and closes', () => {
    expect(new Set(Object.values(found.away.hot))).toEqual(new Set(['answered']))
    expect(found.away.askedHot).toBe(Object.keys(found.away.hot).length - 1)
    expect(found.away.closed).toBe('answered')
  })

  it('throws `unavailable` for the rest, before it asks the server for anything', () => {
    expect(new Set(Object.values(found.away.late))).toEqual(new Set(['unavailable']))
    expect(found.away.asked).toEqual([])
  })

  it('tries again with the next call', () => {
    expect(new Set(Object.values(found.back))).toEqual(new Set(['answered']))
  })

  it('sends an input as it was at the call, however long loading takes', () => {
    expect(found.body).toEqual([expect.stringContaining('as it was')])
  })
})

describe('the interface of a client', () => {
  const client = createClient({ url: 'http://tollgate.test', key: 'k' })
  type Verbs = { readonly [name: string]: Verbs }
  const verbAt = (name: string) =>
    name.split('.').reduce<unknown>((verbs, part) => (verbs as Verbs)[part], client)

  it('has each operation of the library, and reads the same ones in pages', () => {
    for (const operation of operations) {
      const verb = verbAt(operation.name)
      expect(verb, operation.name).toBeTypeOf('function')
      if (pageFieldOf(operation) === undefined) continue
      expect(Symbol.asyncIterator in (verb as () => object)(), operation.name).toBe(true)
    }
  })

  it('has the registries of the library', () => {
    const own = registriesOf(client)
    for (const name of ['eventRegistry', 'planRegistry'] as const) {
      expect(Object.keys(client[name]).sort()).toEqual(Object.keys(own[name]).sort())
    }
  })
})
