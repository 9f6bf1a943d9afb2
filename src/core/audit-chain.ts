/** An entry as it is stored; hashes in hexadecimal. */
export interface StoredEntry {
  readonly sequence: number
  readonly previousHash: string
  readonly entry: string
  readonly hash: string
}

/** A position in a chain and the hash of the entry there. Sequence 0 is before the first entry. */
export interface ChainPoint {
  readonly sequence: number
  readonly hash: string
}

/** The end of a chain, and the point after which the chain starts. */
export interface ChainHead extends ChainPoint {
  readonly start: ChainPoint
}

/** The head of a chain, as somebody stored it outside the database. */
export interface AuditAnchor extends ChainPoint {
  readonly organizationId: string
  /** When the act of that entry happened; absent in anchors of earlier versions. */
  readonly occurredAt?: string | undefined
}

export type AuditFaultKind =
  /** The text, the hash or the link of this entry was changed. */
  | 'altered'
  /** This entry is absent, although a later one exists. */
  | 'missing'
  /** The entry at this position was written for another position. */
  | 'out of order'
  /** The entry at this position was not appended to this chain. */
  | 'inserted'
  /** The head says that more entries exist, from this one on. */
  | 'truncated'
  /** The head is absent, or contradicts the entries. */
  | 'head'
  /** Retention removed entries that it says it keeps. */
  | 'trimmed'
  /** The chain is consistent, but it is not the one that the anchor was taken from. */
  | 'anchor'
  /** The platform's chain does not record that this organization was created. */
  | 'nobody'

/** The first fault in a chain. */
export interface AuditFault {
  readonly organizationId: string
  readonly sequence: number
  readonly fault: AuditFaultKind
  readonly detail: string
}

/** The hash before the first entry of a chain. */
export const NO_HASH = '00'.repeat(32)
export const NO_START: ChainPoint = { sequence: 0, hash: NO_HASH }

/** SHA-256 in hexadecimal of the bytes of `previousHash` and the UTF-8 of `entry`. */
export type EntryHash = (previousHash: string, entry: string) => string
