import { createHash } from 'node:crypto'

/**
 * Names for prepared statements. The server parses and plans a named text once for each connection.
 */
export interface StatementNames {
  /**
   * A name from the second use of a text on. Undefined for a text seen once, or when all names are
   * taken.
   */
  nameFor(text: string): string | undefined
  /**
   * Gives the text another name at its next use: the statement under the old name no longer runs.
   */
  forget(text: string): void
}

// Each name costs the server some 10 to 50 kB for each connection, so their number is limited.
const maxNames = 250
const maxSeenOnce = 2_000

/** The names of one database's statements. */
export const createStatementNames = (): StatementNames => {
  const names = new Map<string, { name: string; generation: number }>()
  const seenOnce = new Set<string>()

  return {
    nameFor: (text) => {
      const named = names.get(text)
      if (named) return named.name
      if (seenOnce.has(text) && names.size < maxNames) {
        const name = nameOf(text, 0)
        seenOnce.delete(text)
        names.set(text, { name, generation: 0 })
        return name
      }
      if (seenOnce.size >= maxSeenOnce) seenOnce.clear()
      seenOnce.add(text)
      return undefined
    },
    forget: (text) => {
      const named = names.get(text)
      if (!named) return
      const generation = named.generation + 1
      names.set(text, { name: nameOf(text, generation), generation })
    },
  }
}

/**
 * True if a prepared statement failed only because it is stale. A table that it reads changed its
 * columns, or the server no longer has it. The same text runs under another name.
 */
export const isStaleStatement = (error: { code?: string; routine?: string }): boolean =>
  error.code === '26000' || (error.code === '0A000' && error.routine === 'RevalidateCachedQuery')

const nameOf = (text: string, generation: number): string =>
  `t_${createHash('sha256').update(text).digest('base64url').slice(0, 16)}_${generation}`
