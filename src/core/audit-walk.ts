import { auditEntryPrefix } from './audit.ts'
import {
  type AuditFault,
  type AuditFaultKind,
  type ChainHead,
  type ChainPoint,
  type EntryHash,
  NO_HASH,
  NO_START,
  type StoredEntry,
} from './audit-chain.ts'

type Finding = Pick<AuditFault, 'sequence' | 'fault' | 'detail'>

/** A row that looks wrong. The row after it decides what happened. */
interface Doubt {
  readonly row: StoredEntry
  readonly judge: (next: StoredEntry | undefined, head: ChainHead | undefined) => Finding
}

/**
 * Walks one chain in sequence order and stops at the first fault. Entries may arrive in batches of
 * any size. `end` takes the head that was read with the last batch. The cost is one hash and two
 * comparisons an entry.
 */
export class ChainWalk {
  readonly organizationId: string
  /** The text that every entry of the chain begins with, up to its sequence. */
  readonly #prefix: string
  readonly #hashOf: EntryHash
  readonly #start: ChainPoint
  readonly #firstHead: ChainPoint
  readonly #anchors: readonly ChainPoint[]
  /** When the act of the newest removed entry that an anchor covers happened. */
  readonly #takenAtMs: number
  #nextAnchor = 0
  #matched: ChainPoint | undefined
  #last: ChainPoint
  /** The hash of the entry before the last. */
  #hashBefore: string | undefined
  #doubt: Doubt | undefined
  /** The newest start of the chain that an entry of retention declares. */
  #saidStart: SaidStart = NO_START
  #hashAtFirstHead: string | undefined

  /** `head` is the head as it was before the first entries were read. */
  constructor(
    organizationId: string,
    hashOf: EntryHash,
    head: ChainHead | undefined,
    anchors: readonly (ChainPoint & { readonly occurredAt?: string | undefined })[] = [],
  ) {
    this.organizationId = organizationId
    this.#prefix = auditEntryPrefix(organizationId)
    this.#hashOf = hashOf
    this.#start = head?.start ?? NO_START
    this.#firstHead = head ?? NO_START
    this.#last = this.#start
    this.#anchors = anchors
      .filter(({ sequence }) => sequence >= this.#start.sequence)
      .sort((a, b) => a.sequence - b.sequence)
    this.#takenAtMs = anchors
      .filter(({ sequence }) => sequence > 0 && sequence <= this.#start.sequence)
      .reduce((latest, { occurredAt = '' }) => Math.max(latest, Date.parse(occurredAt) || 0), 0)
  }

  /**
   * The number of anchors that agree with the chain. Anchors older than its start are not counted.
   */
  get anchorsMatched(): number {
    return this.#nextAnchor
  }

  /** The last entry that is known to be correct. */
  get last(): ChainPoint {
    return this.#last
  }

  /** Checks the next entries. The walk ends at the first fault. */
  see(rows: readonly StoredEntry[]): AuditFault | undefined {
    const startFault = this.#last === this.#start ? this.#faultOfStart() : undefined
    if (startFault) return this.#named(startFault)
    for (const row of rows) {
      if (this.#doubt) return this.#named(this.#doubt.judge(row, undefined))
      const finding = this.#look(row)
      if (finding) return this.#named(finding)
    }
    return undefined
  }

  /** Ends the walk after the last entry, and checks it against the head. */
  end(head: ChainHead | undefined): AuditFault | undefined {
    const finding =
      this.#doubt?.judge(undefined, head) ??
      this.#faultOfStart() ??
      this.#faultOfHead(head) ??
      this.#faultOfSaidStart(head) ??
      this.#faultOfRest()
    return finding && this.#named(finding)
  }

  #named(finding: Finding): AuditFault {
    return { organizationId: this.organizationId, ...finding }
  }

  #look(row: StoredEntry): Finding | undefined {
    const expected = this.#last.sequence + 1
    if (row.sequence < expected) {
      return found(row.sequence, 'inserted', 'two entries have this sequence')
    }
    if (row.sequence > expected) {
      return found(expected, 'missing', `the next entry is ${row.sequence}`)
    }
    if (row.hash === this.#last.hash) return found(expected, 'inserted', 'it is the one before')
    if (row.previousHash !== this.#last.hash && row.previousHash === this.#hashBefore) {
      const detail = 'the entry that follows was appended to the one before'
      return found(expected - 1, 'inserted', detail)
    }
    this.#doubt = this.#doubtOf(row)
    if (this.#doubt) return undefined
    this.#hashBefore = this.#last.hash
    this.#last = { sequence: row.sequence, hash: row.hash }
    if (row.sequence === this.#firstHead.sequence) this.#hashAtFirstHead = row.hash
    return this.#faultOfTrim(row) ?? this.#faultOfAnchors()
  }

  #doubtOf(row: StoredEntry): Doubt | undefined {
    const { sequence } = row
    const isItself = this.#hashOf(row.previousHash, row.entry) === row.hash
    if (!row.entry.startsWith(this.#prefix) || !this.#saysAt(row, `${sequence},`)) {
      return { row, judge: unlessTwo(row, isItself ? this.#displaced(row) : alteredText(sequence)) }
    }
    if (!isItself) return { row, judge: unlessTwo(row, alteredText(sequence)) }
    if (row.previousHash !== this.#last.hash) {
      return { row, judge: unlessTwo(row, this.#unlinked(row)) }
    }
    return undefined
  }

  /** Judges an entry that is consistent in itself but was written for another position. */
  #displaced({ sequence, entry }: StoredEntry): Doubt['judge'] {
    const said = this.#placeIn(entry)
    return (next) => {
      if (said === undefined) return found(sequence, 'inserted', 'the entry is of another chain')
      // If the next entry is shifted by as much, an entry before this one was removed.
      const following = next ? this.#placeIn(next.entry) : said + 1
      return said === sequence + 1 && following === said + 1
        ? found(sequence, 'missing', `in its place is what was entry ${said}`)
        : found(sequence, 'out of order', `in its place is entry ${said}`)
    }
  }

  /** The sequence that an entry was written for; undefined when it belongs to another chain. */
  #placeIn(entry: string): number | undefined {
    if (!entry.startsWith(this.#prefix)) return undefined
    return Number.parseInt(entry.slice(this.#prefix.length, this.#prefix.length + 20), 10)
  }

  /** True when the entry's text continues with `text` where its sequence stands. */
  #saysAt({ entry }: StoredEntry, text: string): boolean {
    return entry.startsWith(text, this.#prefix.length)
  }

  /**
   * Judges an entry that is consistent in itself but does not link to the one before. The next
   * entry tells which of the two was changed, because it commits to this one as it was.
   */
  #unlinked(row: StoredEntry): Doubt['judge'] {
    const { sequence } = this.#last
    return (next, head) => {
      const isConfirmed = (next ? next.previousHash : head?.hash) === row.hash
      if (!isConfirmed)
        return found(row.sequence, 'altered', 'it does not follow from the one before')
      return sequence === this.#start.sequence
        ? found(row.sequence, 'head', 'the start of the chain is not what this entry follows from')
        : found(sequence, 'altered', 'the entry after it commits to another one')
    }
  }

  /** Keys are sorted, so the action comes first after the sequence. */
  #faultOfTrim(row: StoredEntry): Finding | undefined {
    if (!this.#saysAt(row, `${row.sequence},"action":"audit.trimmed",`)) return undefined
    const said = saidStart(row.entry)
    if (!said) return undefined
    this.#saidStart = said
    return said.beforeMs !== undefined &&
      said.keptSinceMs !== undefined &&
      said.beforeMs > said.keptSinceMs
      ? found(row.sequence, 'trimmed', 'it took entries that it says are kept')
      : undefined
  }

  #faultOfAnchors(): Finding | undefined {
    for (;;) {
      const anchor = this.#anchors[this.#nextAnchor]
      if (!anchor || anchor.sequence > this.#last.sequence) return undefined
      if (anchor.hash !== this.#last.hash) return this.#unanchored(anchor, anchor.sequence)
      this.#matched = anchor
      this.#nextAnchor += 1
    }
  }

  #unanchored(anchor: ChainPoint, sequence: number): Finding {
    const since = this.#matched?.sequence ?? this.#start.sequence
    return found(
      sequence,
      'anchor',
      `the anchor of entry ${anchor.sequence} is of another chain: what comes after entry ` +
        `${since} was written anew`,
    )
  }

  #faultOfStart(): Finding | undefined {
    const { sequence, hash } = this.#start
    if (sequence === 0 && hash !== NO_HASH) {
      return found(0, 'head', 'the start of the chain is not that of an empty one')
    }
    return this.#last === this.#start ? this.#faultOfAnchors() : undefined
  }

  #faultOfHead(head: ChainHead | undefined): Finding | undefined {
    const { sequence, hash } = this.#last
    if (!head) return sequence > 0 ? found(sequence, 'head', 'the chain has no head') : undefined
    if (head.sequence > sequence) {
      return found(
        sequence + 1,
        'truncated',
        `the head says that entry ${head.sequence} is the last`,
      )
    }
    const hashThere = head.sequence === sequence ? hash : this.#hashAtFirstHead
    if (hashThere !== undefined && head.hash !== hashThere) {
      return found(head.sequence, 'head', 'the head does not have the hash of this entry')
    }
    return head.sequence < sequence
      ? found(
          head.sequence + 1,
          'inserted',
          `the head says that entry ${head.sequence} is the last`,
        )
      : undefined
  }

  #faultOfSaidStart(head: ChainHead | undefined): Finding | undefined {
    const { sequence, hash, beforeMs } = this.#saidStart
    if (!head) return undefined
    if (head.start.sequence === sequence && head.start.hash === hash) {
      // Retention says what it removed was older than an instant, but an anchor covers a later
      // entry.
      return beforeMs !== undefined && this.#takenAtMs >= beforeMs
        ? found(
            head.start.sequence,
            'anchor',
            `an anchor saw an entry of ${new Date(this.#takenAtMs).toISOString()}, and retention ` +
              `says that it took only what was before ${new Date(beforeMs).toISOString()}`,
          )
        : undefined
    }
    const detail = 'no entry says that retention removed what was before the start of the chain'
    return found(head.start.sequence, 'head', detail)
  }

  #faultOfRest(): Finding | undefined {
    const anchor = this.#anchors[this.#nextAnchor]
    return anchor && this.#unanchored(anchor, this.#last.sequence + 1)
  }
}

const found = (sequence: number, fault: AuditFaultKind, detail: string): Finding => ({
  sequence,
  fault,
  detail,
})

const alteredText =
  (sequence: number): Doubt['judge'] =>
  () =>
    found(sequence, 'altered', 'its hash is not that of its text and the hash before')

/** When two entries have one sequence, one of them was inserted. */
const unlessTwo =
  ({ sequence }: StoredEntry, judge: Doubt['judge']): Doubt['judge'] =>
  (next, head) =>
    next?.sequence === sequence
      ? found(sequence, 'inserted', 'two entries have this sequence')
      : judge(next, head)

/** The start of the chain that an entry of retention declares, and what it removed and keeps. */
interface SaidStart extends ChainPoint {
  /** Every removed entry is older than this. */
  readonly beforeMs?: number | undefined
  /** Entries from this instant on are kept; absent in entries of earlier versions. */
  readonly keptSinceMs?: number | undefined
}

const DAY_MS = 86_400_000

const saidStart = (entry: string): SaidStart | undefined => {
  try {
    const { new: said, occurredAt } = JSON.parse(entry)
    const { startsAfter, startHash, before, keepDays } = said
    return {
      sequence: startsAfter,
      hash: startHash,
      beforeMs: Date.parse(before),
      ...(keepDays !== undefined && { keptSinceMs: Date.parse(occurredAt) - keepDays * DAY_MS }),
    }
  } catch {
    return undefined
  }
}
