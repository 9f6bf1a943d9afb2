/** An entry as it is stored; hashes in hexadecimal. */
export interface StoredEntry {
  readonly sequence: number
  readonly previousHash: string
  readonly entry: string
  readonly hash: string
}

/** A place in a chain, and the hash of the entry that has it; before the first entry: 0. */
export interface ChainPoint {
  readonly sequence: number
  readonly hash: string
}

/** Where a chain ends, and after which point it starts. */
export interface ChainHead extends ChainPoint {
  readonly start: ChainPoint
}

/** A head that was kept elsewhere. */
export interface AuditAnchor extends ChainPoint {
  readonly organizationId: string
  /** When what the entry tells of happened; anchors of earlier versions do not say. */
  readonly occurredAt?: string | undefined
}

export type AuditFaultKind =
  /** The text, the hash or the link of this entry is not what was written. */
  | 'altered'
  /** There is no such entry, though there is a later one. */
  | 'missing'
  /** The entry in this place was written for another place. */
  | 'out of order'
  /** The entry in this place was not appended to this chain. */
  | 'inserted'
  /** The head says that there are entries from here on. */
  | 'truncated'
  /** The head of the chain is not there, or does not say what the entries say. */
  | 'head'
  /** Retention has taken what it says that it keeps. */
  | 'trimmed'
  /** The chain is whole in itself, and not the one that the anchor was taken from. */
  | 'anchor'
  /** The chain is of an organization that the platform's chain does not say was made. */
  | 'nobody'

/** The first thing that is wrong with a chain. */
export interface AuditFault {
  readonly organizationId: string
  readonly sequence: number
  readonly fault: AuditFaultKind
  readonly detail: string
}

/** The hash that stands before the first entry of a chain. */
export const NO_HASH = '00'.repeat(32)
export const NO_START: ChainPoint = { sequence: 0, hash: NO_HASH }

/** SHA-256 in hexadecimal of the bytes of `previousHash` and the UTF-8 of `entry`. */
export type EntryHash = (previousHash: string, entry: string) => string
