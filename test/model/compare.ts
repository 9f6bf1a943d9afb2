import { expect } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { ceilingOf, type GateModel, type ModelLimit, nameOf, type Verdict } from './gate-model.ts'
import { unitsOf } from './model-catalog.ts'

/** What is compared. */
export interface Compared {
  readonly tollgate: TollgateEngine
  readonly organizationId: string
  readonly model: GateModel
  /** Decided from blocks: what is let through is told less of, and more is held than is used. */
  readonly onLeases: boolean
}

type Comparing = Pick<Compared, 'model' | 'onLeases'>

/** A decision says what the model says. */
export const expectVerdict = (
  { model, onLeases }: Comparing,
  said: Decision,
  verdict: Verdict,
): void => {
  expect(said.allowed).toBe(verdict.allowed)
  if (!onLeases || !said.allowed) expectLimits(said, verdict)
  const { retryAtMs, refusing } = verdict
  const seconds = retryAtMs && Math.max(1, Math.ceil((retryAtMs - model.nowMs) / 1_000))
  expect(said.retryAfter).toBe(seconds)
  if (verdict.allowed) expect(said.reason).toBe(null)
  else expect(refusing.map(reasonOf)).toContain(said.reason)
}

const expectLimits = (said: Decision, verdict: Verdict): void => {
  const limits = said.limits.map(({ meter, window, per, max, used, refused }) => [
    `${meter}/${window}/${per}`,
    // Nothing is poured into a rate without a limit: what it says of a batch, no limit is on.
    { used: max === null && window === 'minute' ? 0 : unitsOf(meter, used), refused },
  ])
  expect(Object.fromEntries(limits)).toEqual(verdict.limits)
  expect(limits).toHaveLength(Object.keys(verdict.limits).length)
}

const reasonOf = ({ meter, window, behavior }: ModelLimit): Decision['reason'] => {
  if (window === 'minute') return 'rate_limited'
  if (window === 'concurrent') return 'too_many_concurrent'
  if (behavior === 'overage') return 'spend_cap_reached'
  return meter === 'credits' ? 'credits_exhausted' : 'limit_exceeded'
}

/** Every limit of the organization as a whole stands, in the windows of now, where it should. */
export const expectStanding = async ({
  tollgate,
  organizationId,
  model,
  onLeases,
}: Compared): Promise<void> => {
  const { limits } = await tollgate.current(organizationId)
  const stands = limits.map(({ limit, meter, max, used, held }) => {
    const level = unitsOf(meter, used) + unitsOf(meter, held)
    return [limit, { max: max === null ? null : unitsOf(meter, max), level }] as const
  })
  const levels = new Map(stands.map(([limit, { level }]) => [limit, level]))
  const expected = ofOrganization(model).map((limit) => {
    const name = `${limit.meter}/${limit.window}`
    const level = model.level(limit, model.nowMs)
    const withLeased = Math.min(levels.get(name) ?? 0, ceilingOf(limit) ?? level)
    return [name, { max: limit.max, level: onLeases ? Math.max(level, withLeased) : level }]
  })
  expect(Object.fromEntries(stands)).toEqual(Object.fromEntries(expected))
}

const ofOrganization = (model: GateModel): ModelLimit[] =>
  model.limits().filter(({ per = 'organization' }) => per === 'organization')

export const levelsOf = (model: GateModel): ReadonlyMap<string, number> =>
  new Map(ofOrganization(model).map((one) => [nameOf(one), model.level(one, model.nowMs)]))

/** Only what is not asked for goes past a limit: what was recorded or settled, or its change. */
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
