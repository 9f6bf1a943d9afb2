import type { RecordResult } from '../../contract/decision.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import { isPlainEvent } from '../../contract/plain-event.ts'
import type { RecordOptions } from '../../contract/tollgate.ts'
import { type Call, type UsageEvent, usageEventSchema } from '../../contract/usage.ts'
import type { Fault } from '../../core/fault.ts'
import { knownBudgets } from '../../storage/gate/budgets.ts'
import type { RecordAsk, RecordOutcome } from '../../storage/gate/usage.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import type { Done } from '../group-commit/group-commit.ts'
import { isAway } from '../group-commit/store-guard.ts'
import { presentCause } from '../telemetry/spans.ts'
import { countRecorded } from './count-recorded.ts'
import { prepareUsage } from './usage-item.ts'

const MAX_EVENTS_PER_CALL = 1_000

/**
 * Records use that already happened, so no limit refuses it. Events are independent: a fault is
 * reported by index, and the others are recorded. Resolves after the commit.
 */
export const record = async (
  ctx: Context,
  input: Call | readonly Call[],
  options: RecordOptions = {},
): Promise<RecordResult> => {
  const events: readonly unknown[] = Array.isArray(input) ? input : [input]
  if (events.length > MAX_EVENTS_PER_CALL) {
    const message = `must be at most ${MAX_EVENTS_PER_CALL} at a time`
    throw invalid({ field: 'events', message })
  }
  const { idempotencyKey, ...forEach } = options
  const alone = events.length === 1 ? options : forEach
  const prepared = await allPrepared(events.map((event) => preparedOf(ctx, event, alone)))
  const outcomes = await committed(ctx, prepared)
  const rejected = outcomes.flatMap((outcome, index) =>
    typeof outcome === 'string'
      ? []
      : outcome.faults.map(({ field, message }) => ({ index, code: outcome.code, field, message })),
  )
  ctx.counters.eventsRejected += outcomes.filter((one) => typeof one !== 'string').length
  return {
    accepted: outcomes.filter((outcome) => outcome === 'recorded').length,
    duplicates: outcomes.filter((outcome) => outcome === 'duplicate').length,
    rejected,
  }
}

type Rejection = RecordResult['rejected'][number]
interface Rejected {
  readonly code: Rejection['code']
  readonly faults: readonly Fault[]
}
type Outcome = 'recorded' | 'duplicate' | Rejected

/** The item of an event, or its faults. A promise only if something must be read first. */
const preparedOf = (
  ctx: Context,
  input: unknown,
  options: RecordOptions,
): UsageItem | Rejected | Promise<UsageItem | Rejected> => {
  try {
    const item = itemToRecord(ctx, input, options)
    return item instanceof Promise ? item.catch(rejectedBy) : item
  } catch (error) {
    return rejectedBy(error)
  }
}

/** Throws an error that is no fault of the event. */
const rejectedBy = (error: unknown): Rejected => {
  if (!(error instanceof TollgateError) || error.faults.length === 0) throw error
  const code = error.code === 'unprocessable' ? error.code : 'invalid_request'
  return { code, faults: error.faults }
}

const allPrepared = <One>(all: (One | Promise<One>)[]): One[] | Promise<One[]> =>
  all.some((one) => one instanceof Promise) ? Promise.all(all) : (all as One[])

const isRejected = (prepared: UsageItem | Rejected): prepared is Rejected => 'faults' in prepared

/** Writes the items. One promise for all of them, since a call can have a thousand events. */
const committed = (
  ctx: Context,
  all: readonly (UsageItem | Rejected)[],
): Promise<readonly Outcome[]> =>
  new Promise((resolve, reject) => {
    const outcomes: Outcome[] = []
    let left = all.length
    const settle = (index: number, outcome: Outcome): void => {
      outcomes[index] = outcome
      left -= 1
      if (left === 0) resolve(outcomes)
    }
    if (left === 0) resolve(outcomes)
    const cause = presentCause()
    for (const [index, one] of all.entries()) {
      if (isRejected(one)) settle(index, one)
      else {
        const done: Done<RecordAsk, RecordOutcome> = (_ask, outcome, error) => {
          if (outcome === undefined) reject(error)
          else settle(index, outcomeOf(ctx, one, outcome))
        }
        ctx.ledger.add({ item: one }, done, cause)
      }
    }
  })

/**
 * Prices the event for writing. Throws its faults by field. If the organization is cached, it
 * returns no promise, since a call can have a thousand events.
 */
export const itemToRecord = (
  ctx: Context,
  input: unknown,
  options: RecordOptions,
): UsageItem | Promise<UsageItem> => {
  const event = isPlainEvent(input as Call) ? (input as UsageEvent) : parse(usageEventSchema, input)
  if (event.organizationId === undefined) {
    throw invalid({ field: 'organizationId', message: 'is required' })
  }
  if (event.budget !== undefined) return itemOfBudget(ctx, event, options)
  const known = ctx.organizations.known(event.organizationId)
  if (known) return itemOf(ctx, known, event, options)
  return ctx.organizations
    .get(event.organizationId)
    .then((organization) => itemOf(ctx, organization, event, options))
}

/**
 * An event that names a budget needs an existing one. While the store is unavailable, it is assumed
 * to exist.
 */
const itemOfBudget = async (
  ctx: Context,
  event: UsageEvent,
  options: RecordOptions,
): Promise<UsageItem> => {
  const { organizationId = '', budget = '' } = event
  const item = itemOf(ctx, await ctx.organizations.get(organizationId), event, options)
  const isThere = await ctx.guard
    .run(async () => (await knownBudgets(ctx.db, organizationId, [budget])).has(budget))
    .catch((error: unknown) => {
      if (isAway(error)) return true
      throw error
    })
  if (isThere) return item
  const fault = { field: 'budget', message: `there is no budget "${budget}"` }
  throw new TollgateError('unprocessable', { detail: fault.message, faults: [fault] })
}

const itemOf = (
  ctx: Context,
  organization: OrganizationRow | undefined,
  event: UsageEvent,
  options: RecordOptions,
): UsageItem => {
  const prepared = prepareUsage(ctx, organization, event, { ...options, happened: true })
  if (prepared.kind === 'invalid') throw invalid(...prepared.faults)
  if (prepared.kind === 'refused') {
    const fault = faultOfReason(prepared.reason, event)
    throw new TollgateError('unprocessable', { detail: fault.message, faults: [fault] })
  }
  return prepared.item
}

/** Maps a refusal to the field that causes it. */
const faultOfReason = (
  reason: string,
  event: { eventType: string; organizationId?: string | undefined },
): Fault => {
  if (reason === 'unknown_organization') {
    return {
      field: 'organizationId',
      message: `there is no organization "${event.organizationId}"`,
    }
  }
  if (reason === 'closed_organization') {
    return { field: 'organizationId', message: 'the organization is closed' }
  }
  if (reason === 'subscription_paused' || reason === 'subscription_ended') {
    const since = reason === 'subscription_paused' ? 'was paused' : 'had ended'
    return { field: 'timestamp', message: `the subscription ${since} by then` }
  }
  const what = reason === 'inactive_event_type' ? 'is not active' : 'is not known'
  return { field: 'eventType', message: `the event type "${event.eventType}" ${what}` }
}

const outcomeOf = (ctx: Context, item: UsageItem, outcome: RecordOutcome): Outcome => {
  if (outcome === 'recorded') {
    countRecorded(ctx, item)
    return outcome
  }
  if (outcome === 'duplicate') {
    ctx.counters.eventsDuplicate += 1
    return outcome
  }
  if (outcome === 'conflict') {
    const message = 'was used before with another payload or for a reservation'
    return { code: 'idempotency_conflict', faults: [{ field: 'id', message }] }
  }
  return { code: 'unprocessable', faults: [faultOfReason(outcome, item)] }
}
