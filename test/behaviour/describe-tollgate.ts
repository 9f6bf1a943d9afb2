import { afterAll, beforeAll, inject } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import { createHandler } from '../../src/server.ts'
import type { Database } from '../../src/storage/database.ts'
import { isLong } from '../setup/form.ts'
import {
  describeByForm,
  describeOnEachDatabase,
  describeOnPglite,
  describeOnPostgres,
} from '../setup/substrates.ts'
import { type OpenedSubject, openSubject } from './open-subject.ts'

export interface Subject extends OpenedSubject {
  /** The engine itself, for calls that exist only in its process, such as naming an actor. */
  readonly engine: TollgateEngine
  /** Calls that are made at once reach the engine in that order. */
  readonly keepsCallOrder: boolean
  /** The gate as seen by a caller with a new API key of the organization. */
  withKey(organizationId: string): Promise<GateOfKey>
}

type GateOfKey = Pick<TollgateEngine, 'track' | 'reserve' | 'extend'>

type Block = (subject: () => Subject) => void

/** How calls reach the engine: as its owner, or with an API key. */
interface Door {
  readonly keepsCallOrder: boolean
  readonly tollgate: (engine: TollgateEngine) => TollgateEngine
  readonly withKey: (engine: TollgateEngine, apiKey: { id: string; key: string }) => GateOfKey
}

/**
 * Runs a behaviour suite on both databases and through both ways to an engine. `npm test` uses the
 * client and HTTP on PostgreSQL, if there is a server. `npm run test:long` calls the embedded one
 * in process.
 */
export const describeTollgate = (name: string, block: Block, options: EngineOptions = {}): void => {
  if (isLong) {
    describeOnPglite(name, (open) => describeOn(open, inProcess, block, options))
    return
  }
  const isThere = inject('postgresUrl') !== undefined
  const describeServed = isThere ? describeOnPostgres : describeOnPglite
  describeServed(`${name} (through client and HTTP)`, (open) => {
    describeOn(open, throughHttp, block, options)
  })
}

/**
 * Runs a suite in process with `npm test`, on PostgreSQL if there is a server. `npm run test:long`
 * runs it on the embedded database, in process and through client and HTTP. For rules that the
 * database decides, in its own functions and under its locks.
 */
export const describeOnEverySubstrate = (
  name: string,
  block: Block,
  options: EngineOptions = {},
): void => {
  describeInProcessByForm(name, block, options)
  if (isLong) describeThroughHttp(name, block, options)
}

/** Like the above, for random tests: their long form is worth running everywhere. */
export const describeAtLength = (name: string, block: Block, options: EngineOptions = {}): void => {
  describeInProcess(name, block, options)
  if (isLong) describeThroughHttp(name, block, options)
}

const describeThroughHttp = (name: string, block: Block, options: EngineOptions): void => {
  describeOnPglite(`${name} (through client and HTTP)`, (open) => {
    describeOn(open, throughHttp, block, options)
  })
}

/**
 * Runs a suite in process only, for rules that no transport can change. The long form runs it on both
 * databases.
 */
export const describeInProcess = (
  name: string,
  block: Block,
  options: EngineOptions = {},
): void => {
  if (!isLong) {
    describeInProcessByForm(name, block, options)
    return
  }
  describeOnEachDatabase(name, (open) => {
    describeOn(open, inProcess, block, options)
  })
}

/** Runs a suite on one database per form, for slow suites that behave alike on both. */
export const describeInProcessByForm = (
  name: string,
  block: Block,
  options: EngineOptions = {},
): void => {
  describeByForm(name, (open) => {
    describeOn(open, inProcess, block, options)
  })
}

const describeOn = (
  open: () => Promise<Database>,
  door: Door,
  block: Block,
  options: EngineOptions,
): void => {
  let subject: Subject | undefined
  let engine: TollgateEngine | undefined
  beforeAll(async () => {
    const opened = await openSubject(await open(), options, door.tollgate)
    engine = opened.engine
    const withKey = async (organizationId: string) => {
      const apiKey = await opened.tollgate.apiKeys.create({ organizationId, name: 'test' })
      return door.withKey(opened.engine, apiKey)
    }
    subject = { ...opened, withKey, keepsCallOrder: door.keepsCallOrder }
  })
  afterAll(() => engine?.close())
  block(() => subject as Subject)
}

const inProcess: Door = {
  keepsCallOrder: true,
  tollgate: (engine) => engine,
  withKey: (engine, { id: apiKeyId }) => ({
    track: (input) => engine.track(input, { apiKeyId }),
    reserve: (input) => engine.reserve(input, { apiKeyId }),
    extend: (input) => engine.extend(input, { apiKeyId }),
  }),
}

/** Sends every verb that has a route through client and handler. */
const throughHttp: Door = {
  // A request's body is read, and its key looked up, before the engine is called.
  keepsCallOrder: false,
  tollgate: (engine) => {
    const { enqueue, flush, close } = engine
    return { ...engine, ...clientOf(engine, ADMIN_KEY), enqueue, flush, close }
  },
  withKey: (engine, { key }) => clientOf(engine, key),
}

const ADMIN_KEY = 'the-admin-key-of-the-behaviour-suite'

/** Sends each call once, so that an error appears at once. */
const clientOf = (engine: TollgateEngine, key: string) => {
  const handler = createHandler(engine, { adminKey: ADMIN_KEY })
  return createClient({
    url: 'http://tollgate.test',
    key,
    retries: 0,
    fetch: async (input, init) => handler(new Request(input, init)),
  })
}
