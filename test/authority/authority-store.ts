import { afterAll, beforeAll } from 'vitest'
import type {
  Ask,
  Authority,
  Counter,
  Taken,
  Want,
} from '../../src/engine/counters/authority/authority.ts'

/** One store of counters that several processes share, with a clock turned by hand. */
export interface AuthorityStore {
  /** An organization that no other test uses. */
  organization(): Promise<string>
  /** How many calls may be made of it in a test; a multiple of 128. */
  readonly calls: number
  /** The authority as another process has it. */
  open(node: string): Authority
  nowMs(): number
  advance(byMs: number): void
  /** After how long silence a process no longer counts as living. */
  readonly leaseTtlMs: number
  close(): Promise<void>
}

/** One that is not the ledger, and asks it. */
export interface StoreBesideLedger extends AuthorityStore {
  /** What the ledger says of a window's level; answers 0 until a test says otherwise. */
  ledger: (node: string, organizationId: string, key: string) => Promise<number>
  /** How often the ledger was asked for each counter, by `<organization> <key>`. */
  readonly ledgerCalls: Map<string, number>
}

export type OpenStore<Store = AuthorityStore> = () => Store | Promise<Store>

/** What a part of the suite has: nodes of one store. */
interface Nodes<Store> {
  readonly store: Store
  readonly nodes: readonly Authority[]
}

/** Opens a store with some nodes for the block it is called in. */
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

/** A window of an hour from now on. */
export const windowOf = (store: AuthorityStore, max: number, key = 'calls/hour'): Counter => ({
  key,
  rule: { kind: 'window', max, endMs: store.nowMs() + 3_600_000 },
})

/** The name of an organization that no other test uses. */
export const newOrganization = (): string => `org-${crypto.randomUUID()}`

export const want = (counter: Counter, units: number, block = 0): Want => ({
  counter,
  units,
  block,
})

/** Takes for one ask. */
export const takeOne = async (
  node: Authority,
  organizationId: string,
  ...wants: Want[]
): Promise<Taken> => {
  const ask: Ask = { organizationId, wants }
  const [taken] = await node.take([ask])
  return taken as Taken
}

/** What is taken of a counter, found out without taking anything. */
export const levelOf = async (
  node: Authority,
  organizationId: string,
  counter: Counter,
): Promise<number> => {
  const taken = await takeOne(node, organizationId, want(counter, 0))
  return taken.taken ? taken.grants[0]!.level : taken.refused[0]!.level
}

/** How much was leased beside, for an ask of one want that was granted. */
export const leasedIn = (taken: Taken): number =>
  taken.taken ? taken.grants[0]!.leased : Number.NaN
