import { writeFile } from 'node:fs/promises'

/** One row of a file made for a test. `at` is the text in the file, in UTC. */
export interface Row {
  readonly at: string
  readonly read: number
  readonly wrote: number
}

/** Rows over some days that exceed a trial's quotas: some days its messages, others its tokens. */
export const trialRows = (): readonly Row[] => {
  let state = 7
  const below = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * bound)
  }
  const days = [
    { calls: 90, gapMs: 500, largest: 30 },
    { calls: 160, gapMs: 30_000, largest: 60 },
    { calls: 120, gapMs: 90_000, largest: 900 },
    { calls: 140, gapMs: 4_000, largest: 160 },
  ]
  return days.flatMap(({ calls, gapMs, largest }, day) => {
    let atMs = Date.UTC(2024, 1, 27 + day, 23, 20)
    return Array.from({ length: calls }, () => {
      atMs += below(gapMs)
      const at = new Date(atMs)
        .toISOString()
        .replace('T', ' ')
        .replace('Z', `${below(10_000)}`)
      return { at, read: below(largest), wrote: below(Math.ceil(largest / 10)) }
    })
  })
}

export const writeRows = (path: string, rows: readonly Row[]): Promise<void> =>
  writeFile(
    path,
    ['When,Read,Wrote', ...rows.map(({ at, read, wrote }) => `${at},${read},${wrote}`), ''].join(
      '\n',
    ),
  )

export interface Simulated {
  readonly admitted: readonly Row[]
  readonly refused: number
  readonly refusedBy: Readonly<Record<string, number>>
}

/**
 * The rows that a trial allows, in order: 10,000 tokens and 100 messages per UTC day; a refused
 * call uses nothing. The trial's rate does not apply, because it concerns only the present. This
 * computation is independent of the engine.
 */
export const simulateTrial = (rows: readonly Row[]): Simulated => {
  const used = new Map<string, number>()
  const refusedBy: Record<string, number> = {}
  const admitted = rows.filter(({ at, read, wrote }) => {
    const day = at.slice(0, 10)
    const asked = [
      { limit: 'tokens/day', window: `tokens ${day}`, amount: read + wrote, most: 10_000 },
      { limit: 'chat_messages/day', window: `messages ${day}`, amount: 1, most: 100 },
    ]
    const refusing = asked.filter(
      ({ window, amount, most }) => amount > 0 && (used.get(window) ?? 0) + amount > most,
    )
    for (const { limit } of refusing) refusedBy[limit] = (refusedBy[limit] ?? 0) + 1
    if (refusing.length > 0) return false
    for (const { window, amount } of asked) used.set(window, (used.get(window) ?? 0) + amount)
    return true
  })
  return { admitted, refused: rows.length - admitted.length, refusedBy }
}

export const sumOf = (rows: readonly Row[], field: 'read' | 'wrote'): number =>
  rows.reduce((sum, row) => sum + row[field], 0)

/** The exact cost in dollars at 2.50 and 10.00 a million, as the shortest decimal text. */
export const costOf = (rows: readonly Row[]): string => {
  const microCents = BigInt(sumOf(rows, 'read')) * 250n + BigInt(sumOf(rows, 'wrote')) * 1_000n
  const digits = microCents.toString().padStart(9, '0')
  const text = `${digits.slice(0, -8)}.${digits.slice(-8)}`
  return text.replace(/\.?0+$/, '')
}
