import { expect } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import {
  ceilingOf,
  type GateModel,
  type ModelCall,
  type ModelLimit,
  nameOf,
  type Verdict,
} from './gate-model.ts'
import { unitsOf } from './model-catalog.ts'

/** The objects to compare. */
export interface Compared {
  readonly tollgate: TollgateEngine
  readonly organizationId: string
  readonly model: GateModel
  readonly mode: Mode
}

/** How the compared engine decides. */
export interface Mode {
  /** Decided on leases: an allowed call's answer has less detail. */
  readonly onLeases: boolean
  /** Redis decides the limits that need not be durable. */
  readonly withRedis: boolean
}

type Comparing = Pick<Compared, 'model' | 'mode'>

/** The limits that Redis decides. Nothing decides soft and unlimited ones. */
export const isOfRedis = (limit: ModelLimit): boolean =>
  limit.window !== 'concurrent' && limit.meter !== 'credits' && limit.cap === undefined

/** A decision equals the model's answer to the call. */
export const expectVerdict = (
  comparing: Comparing,
  said: Decision,
  verdict: Verdict,
  call: ModelCall,
): void => {
  const { model, mode } = comparing
  expectSameDecision(said, verdict)
  const told = mode.withRedis ? toldByRedis(comparing, said, verdict, call) : verdict
  if (!mode.onLeases || !said.allowed) expectLimits(comparing, said, told, call)
  const { retryAtMs } = told
  const seconds = retryAtMs && Math.max(1, Math.ceil((retryAtMs - model.nowMs) / 1_000))
  expect('retryAfter' in said ? said.retryAfter : undefined).toBe(seconds)
}

/** Whether the call was allowed, and otherwise one of its refusal reasons. */
export const expectSameDecision = (said: Decision, verdict: Verdict): void => {
  expect(said.allowed).toBe(verdict.allowed)
  if (verdict.allowed) expect(said.reason).toBe(null)
  else expect(verdict.refusing.map((limit) => reasonOf(limit, verdict))).toContain(said.reason)
}

/**
 * Redis is asked first. If it refuses, the database is not asked (only `check` asks both). So the
 * answer names the limits that refused in Redis, and no others.
 */
const toldByRedis = (
  { model }: Comparing,
  said: Decision,
  verdict: Verdict,
  call: ModelCall,
): Verdict => {
  const refusing = refusingInRedis(verdict)
  const isOfBoth = said.limits.length === Object.keys(verdict.limits).length
  if (refusing.length === 0 || isOfBoth) return verdict
  const waits = refusing.map((limit) => model.retryAtMs(limit, call))
  const names = new Set(refusing.map(nameOf))
  return {
    ...verdict,
    refusing,
    limits: Object.fromEntries(Object.entries(verdict.limits).filter(([name]) => names.has(name))),
    retryAtMs: waits.includes(undefined) ? undefined : Math.max(...waits.map((wait) => wait ?? 0)),
  }
}

/** A call without a user is refused without Redis. */
const refusingInRedis = ({ refusing, missing }: Verdict): readonly ModelLimit[] =>
  refusing.filter((limit) => isOfRedis(limit) && !missing.includes(limit))

const expectLimits = (
  { model, mode }: Comparing,
  said: Decision,
  verdict: Verdict,
  call: ModelCall,
): void => {
  const limits = said.limits.map(({ meter, window, per, max, used, refused }) => {
    const name = `${meter}/${window}/${per}`
    const units = unitsOf(meter, used)
    const expected = verdict.limits[name]?.used ?? 0
    const limit = model.limits().find((one) => nameOf(one) === name)
    // Expired holds are returned to Redis within a second, or before Redis refuses a call.
    const isLapsing =
      mode.withRedis && limit && isOfRedis(limit) && refusingInRedis(verdict).length === 0
    const most = expected + (isLapsing ? model.lapsed(limit, call.atMs) : 0)
    // Nothing is added to an unlimited rate, so a batch's answer about it shows no limit.
    const isUncounted = max === null && window === 'minute'
    const isRight = units >= expected && units <= most
    return [name, { used: isUncounted ? 0 : isRight ? expected : units, refused }]
  })
  expect(Object.fromEntries(limits)).toEqual(verdict.limits)
  expect(limits).toHaveLength(Object.keys(verdict.limits).length)
}

const reasonOf = (limit: ModelLimit, { missing }: Verdict): Decision['reason'] => {
  const { meter, window, behavior } = limit
  if (missing.includes(limit)) return 'subject_missing'
  if (window === 'minute') return 'rate_limited'
  if (window === 'concurrent') return 'too_many_concurrent'
  if (behavior === 'overage') return 'spend_cap_reached'
  return meter === 'credits' ? 'credits_exhausted' : 'limit_exceeded'
}

/** Every limit of the whole organization has the expected level in the current windows. */
export const expectStanding = async ({
  tollgate,
  organizationId,
  model,
  mode,
}: Compared): Promise<void> => {
  const { limits } = await tollgate.usage.current({ organizationId })
  // The report uses the ledger; rates that Redis decides exist only in Redis.
  const isToldHere = ({ meter, window }: { meter: string; window: string }) =>
    !mode.withRedis || window !== 'minute' || meter === 'credits'
  const stands = limits.filter(isToldHere).map(({ limit, meter, max, used, held }) => {
    const level = unitsOf(meter, used) + unitsOf(meter, held)
    return [limit, { max: max === null ? null : unitsOf(meter, max), level }] as const
  })
  const expected = ofOrganization(model)
    .filter(isToldHere)
    .map((limit) => {
      const level = model.level(limit, model.nowMs)
      return [`${limit.meter}/${limit.window}`, { max: limit.max, level }]
    })
  expect(Object.fromEntries(stands)).toEqual(Object.fromEntries(expected))
}

const ofOrganization = (model: GateModel): ModelLimit[] =>
  model.limits().filter(({ per = 'organization' }) => per === 'organization')

export const levelsOf = (model: GateModel): ReadonlyMap<string, number> =>
  new Map(ofOrganization(model).map((one) => [nameOf(one), model.level(one, model.nowMs)]))

/** Only undecided changes exceed a limit: recorded use, a settlement, or a lowered limit. */
export const expectNoneRaisedPast = (
  model: GateModel,
  before: ReadonlyMap<string, number>,
): void => {
  for (const limit of ofOrganization(model)) {
    const ceiling = ceilingOf(limit) ?? Number.POSITIVE_INFINITY
    const most = Math.max(ceiling, before.get(nameOf(limit)) ?? 0)
    expect(model.level(limit, model.nowMs)).toBeLessThanOrEqual(most)
  }
}
