import type { CallOptions } from '../contract/call.ts'
import type { RecordResult } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { parse } from '../contract/parse.ts'
import type { Call } from '../contract/usage.ts'
import { isRight, type Role } from '../core/rights.ts'
import type { Operation } from '../operations/operation.ts'
import {
  asIfNothing,
  type FindStanding,
  isPlatform,
  type KnownCaller,
  onlyUserOf,
  refuseKind,
  requirePlatform,
  type Standing,
  standingOf,
  userOf,
} from './access.ts'
import type { Acting } from './acting.ts'
import type { Context } from './context.ts'
import { withDeadline } from './counters/authority/deadline.ts'
import { isBusy, isOfStore, storeUnavailable } from './group-commit/store-guard.ts'
import { mapCloudEvents } from './ledger/mapped-cloud-events.ts'
import { type Ingest, ownedEvents } from './ledger/own-events.ts'
import { type ContextOfCall, sharedConnections } from './shared-connections.ts'
import { inSpanOfCall } from './telemetry/span-of-call.ts'
import { deadlineOf } from './verb-deadline.ts'

/** A verb of the engine. Its input is validated, and names the organization. */
export type Verb = (ctx: Context, input: never, options: never) => Promise<unknown>

/** The source of a call's input. */
export interface InputSource {
  /** The organization that the call names, if it is known before the input is read. */
  readonly named?: {
    readonly organizationId: unknown
    readonly field?: string | undefined
    /** Where that field is, if that is unusual. */
    readonly place?: string | undefined
  }
  /** Reads the input, once the caller's right is checked. */
  readonly read: () => unknown
}

/** An admitted call: its caller, organization and input are checked. */
export interface AdmittedCall {
  readonly input: Readonly<Record<string, unknown>>
  readonly options: CallOptions
  readonly run: () => Promise<unknown>
}

/**
 * The one way into the engine, for the library, HTTP and the command line. It checks in this order.
 * May this kind of caller call at all? Which organization is the call about, and does the caller
 * have the right there? Is the input valid? Then it runs the verb.
 */
export interface Entry {
  readonly admit: (
    operation: Operation,
    caller: KnownCaller | undefined,
    options: CallOptions,
    source: InputSource,
  ) => Promise<AdmittedCall>
}

interface Parts {
  readonly ctx: Context
  readonly verbs: Readonly<Record<string, Verb>>
  readonly isClosing: () => boolean
  /** Given where several entries share one engine. */
  readonly contextOf?: ContextOfCall
}

/** They are decided in batches, and each batch uses one connection for many organizations. */
const BATCHED: ReadonlySet<string> = new Set(['track', 'reserve'])
/** They are decided one by one, within the time limit of the store. */
const DECISIONS: ReadonlySet<string> = new Set(['check', 'extend'])

export const createEntry = ({
  ctx,
  verbs,
  isClosing,
  contextOf = sharedConnections(ctx),
}: Parts): Entry => {
  /** Reports have their own connections. A check is a decision and does not use those. */
  const contextFor = (
    { name, repeat, right }: Operation,
    input: { readonly organizationId?: unknown } | undefined,
  ): Context => {
    if (BATCHED.has(name)) return ctx
    const organizationId = input?.organizationId
    return contextOf({
      organizationId: typeof organizationId === 'string' ? organizationId : undefined,
      reads: repeat === 'read' && right !== 'gate.use',
      isDecision: DECISIONS.has(name),
    })
  }

  const admit: Entry['admit'] = async (operation, caller, options, source) => {
    if (isClosing()) throw new TollgateError('unavailable', { detail: 'Tollgate is closing' })
    refuseKind(caller, operation.right)
    if (!isRight(operation.right)) {
      return admitted(operation, caller, options, await source.read(), undefined)
    }
    const find = standingOf(caller, operation.right, ctx.members)
    if (operation.about === 'each event')
      return admittedEvents(operation, caller, options, source, find)
    // Awaits only a real promise: each await costs the platform's own calls a turn.
    const looked =
      source.named && find(source.named.organizationId, source.named.field, source.named.place)
    const early = looked instanceof Promise ? await looked : looked
    const given = source.read()
    const read = (given instanceof Promise ? await given : given) as Readonly<
      Record<string, unknown>
    >
    const standing = early ?? (await find(read.organizationId, 'organizationId'))
    // Backfilled events may lie far in the past.
    if (read.backfill === true) requirePlatform(caller, 'backfill')
    return admitted(operation, caller, options, read, standing)
  }

  const admitted = (
    operation: Operation,
    caller: KnownCaller | undefined,
    options: CallOptions,
    read: unknown,
    standing: Standing | undefined,
  ): AdmittedCall => {
    const named = (read as { organizationId?: unknown } | undefined)?.organizationId
    const about =
      standing && standing.organizationId !== named
        ? { ...(read as object), organizationId: standing.organizationId }
        : (read as object)
    const onlyUser = onlyUserOf(caller)
    const given = onlyUser !== undefined && operation.saysWhose ? usedBy(about, onlyUser) : about
    const input = operation.checksItself
      ? given
      : checked(operation, given as Readonly<Record<string, unknown>>)
    return call(operation, caller, input as AdmittedCall['input'], {
      ...options,
      role: roleOf(caller, standing),
      onlyUser,
    })
  }

  const admittedEvents = async (
    operation: Operation,
    caller: KnownCaller | undefined,
    options: CallOptions,
    source: InputSource,
    find: FindStanding,
  ): Promise<AdmittedCall> => {
    const read = (await source.read()) as Ingest | readonly Call[]
    // The platform itself may record for any organization. `record` reports fields that an event
    // lacks.
    if (Array.isArray(read)) return call(operation, caller, read as never, options)
    const ingest = mapCloudEvents(ctx, read as Ingest, caller)
    const owned = await ownedEvents(ingest, caller, find)
    const acting = { ...options, backfill: ingest.backfill }
    const { input, run } = call(operation, caller, owned.events as never, acting)
    return {
      input,
      options: acting,
      run: async () =>
        owned.merged(owned.events.length === 0 ? NOTHING : ((await run()) as RecordResult)),
    }
  }

  const call = (
    operation: Operation,
    caller: KnownCaller | undefined,
    input: AdmittedCall['input'],
    options: Acting,
  ): AdmittedCall => ({
    input,
    options,
    run: () =>
      inSpanOfCall(operation.name, async () => {
        try {
          const verb = verbs[operation.name] as Verb
          const done = verb(contextFor(operation, input), input as never, options as never)
          const deadlineMs = deadlineOf(operation, ctx.callTimeoutMs)
          return await (deadlineMs === undefined ? done : withDeadline(done, deadlineMs, ctx.clock))
        } catch (error) {
          throw told(operation, caller, error)
        }
      }),
  })

  return {
    admit: async (operation, caller, options, source) => {
      try {
        return await admit(operation, caller, options, source)
      } catch (error) {
        throw told(operation, caller, error)
      }
    },
  }
}

/** The failure in the form that this caller may see. */
const told = (operation: Operation, caller: KnownCaller | undefined, error: unknown): unknown => {
  if (isBusy(error)) {
    const detail = 'a transaction has had this organization locked for too long: try again'
    return new TollgateError('unavailable', { detail, cause: error, retryAfterSeconds: 1 })
  }
  if (isOfStore(error)) return storeUnavailable(error)
  return caller === undefined ? error : asIfNothing(error, operation.right, hasParams(operation))
}

/**
 * Keys and read tokens see what the organization's viewers may see. Only the platform has no role.
 */
const roleOf = (
  caller: KnownCaller | undefined,
  standing: Standing | undefined,
): Role | undefined => standing?.role ?? (isPlatform(caller) || !standing ? undefined : 'viewer')

/** A copy, since an input from this process belongs to its caller. */
const usedBy = (given: { readonly userId?: unknown }, onlyUser: string): object => ({
  ...given,
  userId: userOf(given.userId, onlyUser),
})

const NOTHING: RecordResult = { accepted: 0, duplicates: 0, rejected: [] }

const hasParams = ({ params }: Operation): boolean => Object.keys(params).length > 0

/** A path field that cannot be an id names something that does not exist. */
const checked = (
  { input, params }: Operation,
  given: Readonly<Record<string, unknown>>,
): unknown => {
  try {
    return parse(input, given)
  } catch (error) {
    const isOfPath =
      error instanceof TollgateError &&
      error.faults.some(({ field }) => Object.hasOwn(params, field) && isName(given[field]))
    throw isOfPath ? new TollgateError('not_found') : error
  }
}

const isName = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'
