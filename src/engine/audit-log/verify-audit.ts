import { hash } from 'node:crypto'
import type { AuditVerification, AuditVerifyOptions } from '../../contract/audit.ts'
import { TollgateError } from '../../contract/errors.ts'
import { PLATFORM_CHAIN } from '../../core/audit.ts'
import type {
  AuditAnchor,
  AuditFault,
  ChainHead,
  EntryHash,
  StoredEntry,
} from '../../core/audit-chain.ts'
import { ChainWalk } from '../../core/audit-walk.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  chainHeads,
  chainPage,
  chainPageWithHead,
  chainsAfter,
  chainsOfNobody,
  countAuditEntries,
  findChainHead,
} from '../../storage/tables/audit-chains.ts'
import { auditGuards } from '../../storage/tables/audit-guards.ts'
import type { Context } from '../context.ts'

const ENTRIES_A_PAGE = 5_000
const CHAINS_A_PAGE = 1_000
/** How often a chain is walked again after retention has moved its start. */
const MOST_WALKS = 5

/**
 * Recomputes every chain from its start, and compares it with its head and with the anchors. It
 * reads page by page while others append, and compares a chain with a head from the same moment.
 *
 * A chain that is whole still fails if its organization was never created.
 */
export const verifyAudit = async (
  ctx: Pick<Context, 'db'>,
  options: AuditVerifyOptions = {},
): Promise<AuditVerification> => {
  const anchors = anchorsByChain(options.anchors ?? [])
  const wanted = options.organizationIds?.map((id) => id ?? PLATFORM_CHAIN)
  const total = options.onProgress ? await countAuditEntries(ctx.db, wanted) : 0
  const sum = { chains: 0, entries: 0, anchorsMatched: 0, anchorsPassed: 0 }
  const faults: AuditFault[] = []
  const guards = await auditGuards(ctx.db)
  const ofNobody = new Set(await chainsOfNobody(ctx.db, wanted))
  for await (const chain of chainsToVerify(ctx, wanted, anchors)) {
    options.signal?.throwIfAborted()
    const walked = await verifyChain(ctx, chain, anchors.get(chain) ?? [], (entries) => {
      options.signal?.throwIfAborted()
      options.onProgress?.(sum.entries + entries, total)
    })
    sum.chains += 1
    sum.entries += walked.entries
    sum.anchorsMatched += walked.anchorsMatched
    sum.anchorsPassed += walked.anchorsPassed
    const fault = walked.fault ?? (ofNobody.has(chain) ? faultOfNobody(chain) : undefined)
    if (fault) faults.push(fault)
  }
  return { ...sum, faults, missingGuards: guards.missing, changedGuards: guards.changed }
}

const faultOfNobody = (organizationId: string): AuditFault => ({
  organizationId,
  sequence: 1,
  fault: 'nobody',
  detail: "the platform's chain does not say that this organization was made",
})

/** The present heads of all chains. Store them where the database's owner cannot write. */
export async function* auditAnchors(ctx: Pick<Context, 'db'>): AsyncGenerator<AuditAnchor> {
  let after: string | undefined
  for (;;) {
    const heads = await chainHeads(ctx.db, { after, limit: CHAINS_A_PAGE })
    yield* heads
    after = heads.at(-1)?.organizationId
    if (heads.length < CHAINS_A_PAGE) return
  }
}

interface Walked {
  readonly entries: number
  readonly anchorsMatched: number
  readonly anchorsPassed: number
  readonly fault: AuditFault | undefined
}

const verifyChain = async (
  { db }: Pick<Context, 'db'>,
  chain: string,
  anchors: readonly AuditAnchor[],
  onProgress: (entries: number) => void,
): Promise<Walked> => {
  for (let walks = 1; ; walks += 1) {
    const head = await findChainHead(db, chain)
    const walk = new ChainWalk(chain, entryHash(), head, anchors)
    const { fault, entries } = await walkOnce(db, chain, walk, head, onProgress)
    const isMoved =
      fault && (await findChainHead(db, chain))?.start.sequence !== head?.start.sequence
    if (!isMoved || walks === MOST_WALKS) {
      const anchorsPassed = anchors.filter(
        ({ sequence }) => sequence < (head?.start.sequence ?? 0),
      ).length
      return { fault, entries, anchorsMatched: walk.anchorsMatched, anchorsPassed }
    }
  }
}

const walkOnce = async (
  db: Queryable,
  chain: string,
  walk: ChainWalk,
  head: ChainHead | undefined,
  onProgress: (entries: number) => void,
): Promise<{ fault: AuditFault | undefined; entries: number }> => {
  let entries = 0
  for await (const page of pagesOf(db, chain, head?.start.sequence ?? 0)) {
    const fault = walk.see(page.entries) ?? (page.end && walk.end(page.end.head))
    entries += page.entries.length
    onProgress(entries)
    if (fault) return { fault, entries }
  }
  return { fault: undefined, entries }
}

interface ChainPage {
  readonly entries: readonly StoredEntry[]
  /** On the last page: the head of the same moment. */
  readonly end?: { readonly head: ChainHead | undefined }
}

/** Each page is requested while the one before is checked. */
async function* pagesOf(db: Queryable, chain: string, start: number): AsyncGenerator<ChainPage> {
  let after = start
  const limit = ENTRIES_A_PAGE
  const ask = () => {
    const asked = chainPage(db, chain, { after, limit })
    // The walk may end before this page is awaited. If it is awaited, the error still arrives
    // there.
    asked.catch(() => {})
    return asked
  }
  for (let next = ask(); ; ) {
    const entries = await next
    after = entries.at(-1)?.sequence ?? after
    if (entries.length >= limit) next = ask()
    yield { entries }
    if (entries.length >= limit) continue
    const rest = await chainPageWithHead(db, chain, { after, limit })
    if (rest.entries.length < limit) {
      yield { entries: rest.entries, end: { head: rest.head } }
      return
    }
    after = rest.entries.at(-1)?.sequence ?? after
    yield { entries: rest.entries }
    next = ask()
  }
}

/** Chains that only an anchor names were deleted as a whole. They come last. */
async function* chainsToVerify(
  { db }: Pick<Context, 'db'>,
  wanted: readonly string[] | undefined,
  anchored: ReadonlyMap<string, unknown>,
): AsyncGenerator<string> {
  const missing = new Set(wanted ?? anchored.keys())
  let after: string | undefined
  for (;;) {
    const chains = await chainsAfter(db, { after, limit: CHAINS_A_PAGE })
    for (const chain of chains) if (missing.delete(chain) || !wanted) yield chain
    after = chains.at(-1)
    if (chains.length < CHAINS_A_PAGE) break
  }
  for (const chain of missing) {
    if (!anchored.has(chain)) {
      throw new TollgateError('not_found', { detail: `there is no audit log of "${chain}"` })
    }
    yield chain
  }
}

const anchorsByChain = (anchors: readonly AuditAnchor[]): Map<string, AuditAnchor[]> => {
  const byChain = new Map<string, AuditAnchor[]>()
  for (const anchor of anchors) {
    const known = byChain.get(anchor.organizationId)
    if (known) known.push(anchor)
    else byChain.set(anchor.organizationId, [anchor])
  }
  return byChain
}

const HASH_BYTES = 32

/**
 * Hashes in one buffer that is reused: the text is copied once, and the digest is made in one call.
 */
const entryHash = (): EntryHash => {
  let bytes = Buffer.allocUnsafe(4_096)
  return (previousHash, entry) => {
    const needed = HASH_BYTES + entry.length * 3
    if (bytes.length < needed) bytes = Buffer.allocUnsafe(needed * 2)
    bytes.write(previousHash, 0, HASH_BYTES, 'hex')
    const length = HASH_BYTES + bytes.write(entry, HASH_BYTES)
    return hash('sha256', bytes.subarray(0, length), 'hex')
  }
}
