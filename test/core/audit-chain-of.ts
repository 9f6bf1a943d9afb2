import { createHash } from 'node:crypto'
import { auditEntryPrefix, auditEntryRest } from '../../src/core/audit.ts'
import {
  type ChainHead,
  type EntryHash,
  NO_HASH,
  NO_START,
  type StoredEntry,
} from '../../src/core/audit-chain.ts'

/** Builds entries like the database does, independently of the engine's code. */
export const sha256: EntryHash = (previousHash, entry) =>
  createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(entry, 'utf8').digest('hex')

export const ORGANIZATION = 'acme'

/** The entry at a position, linked to the previous hash. */
export const entryAt = (
  sequence: number,
  previousHash: string,
  subject = `thing:${sequence}`,
  organizationId = ORGANIZATION,
): StoredEntry => {
  const rest = auditEntryRest(
    { organizationId, category: 'limits', action: 'limit.changed', actor: 'me', subject },
    new Date(Date.UTC(2026, 2, 10, 12, 0, sequence)),
  )
  const entry = `${auditEntryPrefix(organizationId)}${sequence}${rest}`
  return { sequence, previousHash, entry, hash: sha256(previousHash, entry) }
}

/** A chain of this many entries. `subjectOf` gives each its subject by position. */
export const chainOf = (
  entries: number,
  subjectOf: (sequence: number) => string | undefined = () => undefined,
): StoredEntry[] => {
  const chain: StoredEntry[] = []
  for (let sequence = 1; sequence <= entries; sequence += 1) {
    const previousHash = chain.at(-1)?.hash ?? NO_HASH
    chain.push(entryAt(sequence, previousHash, subjectOf(sequence)))
  }
  return chain
}

export const headOf = (chain: readonly StoredEntry[]): ChainHead => {
  const last = chain.at(-1)
  return { sequence: last?.sequence ?? 0, hash: last?.hash ?? NO_HASH, start: NO_START }
}
