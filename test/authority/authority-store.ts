import { afterAll, beforeAll } from 'vitest'
import type {
  Ask,
  Authority,
  Counter,
  Taken,
  Want,
} from '../../src/engine/counters/authority/authority.ts'

/** One store of counters, shared by several processes, with a manual clock. */
export interface AuthorityStore {
  /** Creates an organization for one test only. */
  organization(): Promise<string>
  /** The maximum number of calls per organization in a test; a multiple of 128. */
  readonly calls: number
  /** Opens the authority as another process would. */
  open(node: string): Authority
  nowMs(): number
  advance(byMs: number): void
  /** How long a process may be silent before it counts as dead. */
  readonly leaseTtlMs: number
  close(): Promise<void>
}

/** A store separate from the ledger, which reads its seeds from the ledger. */
export interface StoreBesideLedger extends AuthorityStore {
  /** The ledger's level of a window. It is 0 unless a test sets it. */
  ledger: (node: string, organizationId: string, key: string) => Promise<number>
  /** The number of ledger reads per counter, by `<organization> <key>`. */
  readonly ledgerCalls: Map<string, number>
}

export type OpenStore<Store = AuthorityStore> = () => Store | Promise<Store>

/** The nodes of one store, for one part of the suite. */
interface Nodes<Store> {
  readonly store: Store
  readonly nodes: readonly Authority[]
}

/** Opens a store with several nodes for the current block. */
export const withNodes = <Store extends AuthorityStore>(
  openStore: OpenStore<Store>,
  count: number,
): (() => Nodes<Store>) => {
  let opened: Nodes<Store> | undefined
  beforeAll(async () => {
    const store = await openStore()
    const nodes = Array.from({ length: count }, (_, i) => store.open(`node-${i}`))
    opened = { store, nodes }
  })
  afterAll(async () => {
    await Promise.all(opened?.nodes.map((node) => node.close()) ?? [])
    await opened?.store.close()
  })
  return () => opened as Nodes<Store>
}

/** A window of one hour from now. */
export const windowOf = (store: AuthorityStore, max: number, key = 'calls/hour'): Counter => ({
  key,
  rule: { kind: 'window', max, endMs: store.nowMs() + 3_600_000 },
})

/** A unique organization name for one test. */
export const newOrganization = (): string => `org-${crypto.randomUUID()}`

export const want = (counter: Counter, units: number, block = 0): Want => ({
  counter,
  units,
  block,
})

/** Takes one ask. */
export const takeOne = async (
  node: Authority,
  organizationId: string,
  ...wants: Want[]
): Promise<Taken> => {
  const ask: Ask = { organizationId, wants }
  const [taken] = await node.take([ask])
  return taken as Taken
}

/** Reads a counter's level without taking anything. */
export const levelOf = async (
  node: Authority,
  organizationId: string,
  counter: Counter,
): Promise<number> => {
  const taken = await takeOne(node, organizationId, want(counter, 0))
  return taken.taken ? taken.grants[0]!.level : taken.refused[0]!.level
}

/** The extra units leased by a granted ask with one want. */
export const leasedIn = (taken: Taken): number =>
  taken.taken ? taken.grants[0]!.leased : Number.NaN
