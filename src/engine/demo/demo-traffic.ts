import type { DemoCall } from './demo-calls.ts'
import { type DemoProfile, demoProfiles } from './demo-organizations.ts'
import { DEMO_PRODUCTS } from './demo-products.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

/** An organization of the demo, as it is created. */
export interface DemoOrganization {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly startsAt: string
}

/** An event of the demo, as it is recorded. */
export interface DemoEvent extends DemoCall {
  readonly id: string
  readonly organizationId: string
  readonly timestamp: string
  readonly userId?: string
  readonly sessionId?: string
  readonly quantities?: Readonly<Record<string, number>>
}

export interface DemoTraffic {
  readonly organizations: readonly DemoOrganization[]
  /** One array for each UTC day, with the events of all organizations in order of time. */
  readonly days: Iterable<readonly DemoEvent[]>
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/**
 * Believable traffic of some organizations over the days until `end`. People work on weekdays
 * during their own day, products grow, and one has a day with a peak.
 *
 * It depends only on the options, even the ids, so recording it again adds nothing.
 */
export const demoTraffic = (options: {
  readonly seed: number
  readonly end: Date
  readonly days: number
  readonly organizations: number
  /** The keys of the catalogs that are loaded. */
  readonly catalogs: readonly string[]
}): DemoTraffic => {
  const profiles = demoProfiles(options.organizations, options.catalogs)
  return {
    organizations: profiles.map((profile) => organizationOf(profile, options.end, options.days)),
    days: { [Symbol.iterator]: () => daysOf(profiles, options) },
  }
}

function* daysOf(
  profiles: readonly DemoProfile[],
  { seed, end, days }: { readonly seed: number; readonly end: Date; readonly days: number },
): Generator<readonly DemoEvent[]> {
  const lastDayMs = startOfDay(end.getTime())
  for (let daysBeforeEnd = days - 1; daysBeforeEnd >= 0; daysBeforeEnd -= 1) {
    const dayMs = lastDayMs - daysBeforeEnd * DAY_MS
    const today = profiles.flatMap((profile) => eventsOfDay(profile, seed, dayMs, daysBeforeEnd))
    const past = daysBeforeEnd > 0 ? today : today.filter((event) => isPast(event, end))
    yield past.sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
  }
}

const isPast = (event: DemoEvent, end: Date): boolean =>
  Date.parse(event.timestamp) <= end.getTime()

const startOfDay = (atMs: number): number => Math.floor(atMs / DAY_MS) * DAY_MS

/**
 * It starts before its first event, on the day of the month that gives its period the right age.
 */
const organizationOf = (
  { id, name, plan, periodAgeDays }: DemoProfile,
  end: Date,
  days: number,
): DemoOrganization => {
  const periodStart = new Date(startOfDay(end.getTime()) - periodAgeDays * DAY_MS)
  const firstDayMs = startOfDay(end.getTime()) - (days - 1) * DAY_MS
  // Every month has a 28th, so that all periods start on the same day.
  const start = new Date(
    Date.UTC(
      periodStart.getUTCFullYear(),
      periodStart.getUTCMonth(),
      Math.min(periodStart.getUTCDate(), 28),
    ),
  )
  while (start.getTime() > firstDayMs) start.setUTCMonth(start.getUTCMonth() - 1)
  return { id, name, plan, startsAt: start.toISOString() }
}

/** One organization's whole day. The caller removes what lies in the future. */
const eventsOfDay = (
  profile: DemoProfile,
  seed: number,
  dayMs: number,
  daysBeforeEnd: number,
): readonly DemoEvent[] => {
  const date = new Date(dayMs).toISOString().slice(0, 10)
  const random = seededRandom(`${seed}/${profile.id}/${date}`)
  const calls = Array.from({ length: callsOfDay(profile, random, dayMs, daysBeforeEnd) }, () =>
    timedCall(profile, random, dayMs),
  ).sort((a, b) => a.atMs - b.atMs)
  const events = withinTokens(calls, profile.tokensPerDay).map(({ atMs, call, user }, index) => ({
    ...call,
    id: `demo-${seed}-${date}-${index + 1}`,
    organizationId: profile.id,
    timestamp: new Date(atMs).toISOString(),
    userId: user,
    // A user who comes back after lunch has another session.
    sessionId: `${user}-${date}-${Math.floor((atMs - dayMs) / (4 * HOUR_MS)) + 1}`,
  }))
  return [...stateReports(profile, seed, dayMs, daysBeforeEnd), ...events]
}

const callsOfDay = (
  profile: DemoProfile,
  random: SeededRandom,
  dayMs: number,
  daysBeforeEnd: number,
): number => {
  const weekday = new Date(dayMs).getUTCDay()
  const isWeekend = weekday === 0 || weekday === 6
  const grown = (1 + profile.growthPerMonth) ** (-daysBeforeEnd / 30)
  const spike = profile.spike?.daysBeforeEnd === daysBeforeEnd ? profile.spike.factor : 1
  const usual = profile.callsPerDay * grown * spike * (isWeekend ? profile.weekendShare : 1)
  return Math.round(usual * random.between(0.82, 1.18))
}

interface TimedCall {
  readonly atMs: number
  readonly user: string
  readonly call: DemoCall
}

const timedCall = (profile: DemoProfile, random: SeededRandom, dayMs: number): TimedCall => {
  const localHour = random.pick(HOURS, (hour) => HOUR_WEIGHTS[hour] ?? 0)
  const hour = (localHour - profile.utcOffsetHours + 24) % 24
  const atMs = dayMs + Math.floor((hour + random.next()) * HOUR_MS)
  // A few users make most of the calls.
  const user = Math.floor(profile.users ** random.next())
  const kind = random.pick(DEMO_PRODUCTS[profile.product], ({ weight }) => weight)
  return { atMs, user: `user-${user}`, call: kind.make(random) }
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** The traffic of each hour of a working day, from midnight on. */
const HOUR_WEIGHTS = [
  0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 0.8, 2, 5, 8, 9, 9, 6, 7, 9, 9, 8, 6, 3, 2, 1.6, 1.2, 0.8, 0.5,
]

/** Leaves out the calls that the plan's daily tokens would not have admitted. */
const withinTokens = (
  calls: readonly TimedCall[],
  tokensPerDay = Number.POSITIVE_INFINITY,
): readonly TimedCall[] => {
  let used = 0
  return calls.filter(({ call }) => {
    const tokens = (call.inputTokens ?? 0) + (call.outputTokens ?? 0)
    if (used + tokens > tokensPerDay) return false
    used += tokens
    return true
  })
}

/** Reports of storage and team size, once a night. */
const stateReports = (
  { id, state, growthPerMonth }: DemoProfile,
  seed: number,
  dayMs: number,
  daysBeforeEnd: number,
): readonly DemoEvent[] => {
  if (!state) return []
  const date = new Date(dayMs).toISOString().slice(0, 10)
  const grown = (1 + growthPerMonth) ** (-daysBeforeEnd / 30)
  const report = (eventType: string, minute: number, quantities: Record<string, number>) => ({
    id: `demo-${seed}-${date}-${eventType}`,
    organizationId: id,
    eventType,
    timestamp: new Date(dayMs + minute * 60_000).toISOString(),
    quantities,
  })
  return [
    report('storage_report', 1, { storage_bytes: Math.round(state.storedBytes * grown) }),
    report('team_report', 2, { team_members: Math.max(1, Math.round(state.members * grown)) }),
  ]
}
