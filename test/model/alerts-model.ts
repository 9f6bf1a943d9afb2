/**
 * The expected alerts on shares of one daily limit, in plain code, separate from the database's.
 */
export interface AlertsModel {
  use(day: string, calls: number): void
  limit(day: string, max: number | null): void
  /** The alerts in order: `day max threshold`, with a mark if the share was reached before. */
  readonly told: readonly string[]
}

const THRESHOLDS = [50, 80, 90, 100]

export const alertsModel = (max: number): AlertsModel => {
  const told: string[] = []
  const keys = new Set<string>()
  const used = new Map<string, number>()
  const levels = new Map<string, { max: number; level: number }>()
  let maximum: number | null = max

  const look = (day: string, isStanding: boolean): void => {
    const now = used.get(day)
    if (now === undefined || maximum === null || maximum === 0) return
    const limit = maximum
    const reached = THRESHOLDS.filter((percent) => now * 100 >= limit * percent).length
    const before = levels.get(day)
    const isSame = before === undefined || before.max === limit
    const from = Math.min(before?.level ?? 0, reached)
    const to = isSame ? Math.max(before?.level ?? 0, reached) : reached
    levels.set(day, { max: limit, level: to })
    for (const percent of THRESHOLDS.slice(isSame ? (before?.level ?? 0) : from, to)) {
      const key = `${day} ${limit} ${percent}`
      if (keys.has(key)) continue
      keys.add(key)
      told.push(isStanding ? `${key} standing` : key)
    }
  }
  return {
    told,
    use: (day, calls) => {
      used.set(day, (used.get(day) ?? 0) + calls)
      // A reversal reaches nothing, even on an earlier day whose limit was higher than today's.
      if (calls > 0) look(day, false)
    },
    limit: (day, next) => {
      maximum = next
      look(day, true)
    },
  }
}
