import { createHash } from 'node:crypto'

/** Names for prepared statements: the server parses and plans a named text once a connection. */
export interface StatementNames {
  /** A name from the second use of a text on. Nothing for a text seen once, or when full. */
  nameFor(text: string): string | undefined
  /** Gives the text another name at its next use: what the old one stands for no longer runs. */
  forget(text: string): void
}

// Each name costs the server some 10 to 50 kB a connection, so there is an end to them.
const maxNames = 250
const maxSeenOnce = 2_000

/** Keeps the names of one database. */
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
 * Whether a prepared statement failed only because it is stale: a table it reads changed its
 * columns, or the server no longer has it. Under another name the same text runs.
 */
export const isStaleStatement = (error: { code?: string; routine?: string }): boolean =>
  error.code === '26000' || (error.code === '0A000' && error.routine === 'RevalidateCachedQuery')

const nameOf = (text: string, generation: number): string =>
  `t_${createHash('sha256').update(text).digest('base64url').slice(0, 16)}_${generation}`
