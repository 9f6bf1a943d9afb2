import type { Role } from '../core/rights.ts'
import type {
  ApiKey,
  ApiKeyCreated,
  ApiKeyCreateInput,
  ApiKeyRotated,
  ApiKeyRotateInput,
} from './api-keys.ts'
import type { AuditInProcess, AuditLog } from './audit.ts'
import type { NewSession, Session, SigningKey } from './authentication.ts'
import type { Billing, BillingInProcess } from './billing.ts'
import type { CallerTransaction } from './caller-transaction.ts'
import type { CatalogRegistries } from './catalog-registries.ts'
import type {
  Decision,
  Explanation,
  RecordResult,
  ReservationDecision,
  ReservationState,
} from './decision.ts'
import type { EngineStatistics } from './engine-statistics.ts'
import type { Grants } from './grants.ts'
import type { Insight } from './insight.ts'
import type { Jobs } from './jobs.ts'
import type { LimitOverrideRemoved, OrganizationLimit } from './limits.ts'
import type { Member, MemberAddInput, Membership, MemberUpdateInput } from './members.ts'
import type { OperatorReports } from './operator-reports.ts'
import type { Page, PageRequest } from './page.ts'
import type { Subscriptions } from './subscriptions.ts'
import type {
  CurrentUsage,
  LimitOverrideCreated,
  LimitOverrideInput,
  Organization,
  OrganizationCreateInput,
  OrganizationFilter,
  OrganizationUpdateInput,
  Principal,
} from './tenancy.ts'
import type {
  ExtensionInput,
  ReservationRequestInput,
  SettlementInput,
  UsageEventInput,
} from './usage.ts'
import type { UsageDifference } from './usage-difference.ts'
import type { UsageReports, UsageReportsInProcess } from './usage-reports.ts'

/** Who acts and from where, for the books; `idempotencyKey` stands in for an absent `id`. */
export interface CallOptions {
  readonly actor?: string
  /** The network address that the call came from. */
  readonly address?: string
  readonly apiKeyId?: string
  /**
   * As what the actor is a member of the organization, who then may do only what that role may;
   * absent where the actor acts for the platform.
   */
  readonly role?: Role
  readonly idempotencyKey?: string
}

/** A decision or state, and whether it is the first one given again for a retried id. */
export interface Answer<Value> {
  readonly value: Value
  readonly replayed: boolean
}

/**
 * The engine as its users see it, in this process or behind HTTP. Every verb takes plain data as
 * it stands on the wire and checks it itself; what is not valid is a `TollgateError` that names the
 * fields. Saying no is a `Decision`, never an error.
 */
export interface Tollgate extends CatalogRegistries {
  /** Would this be allowed now? Uses up and records nothing. */
  check(input: UsageEventInput, options?: CallOptions): Promise<Decision>
  /** Decides and, when allowed, records, in one step. */
  track(input: UsageEventInput, options?: CallOptions): Promise<Answer<Decision>>
  /** Records use that has already happened; resolves after the commit. Up to 1,000 at a time. */
  record(
    input: UsageEventInput | readonly UsageEventInput[],
    options?: CallOptions & { backfill?: boolean },
  ): Promise<RecordResult>
  /** Holds an estimate before the work whose true cost is known only after it. */
  reserve(
    input: ReservationRequestInput,
    options?: CallOptions,
  ): Promise<Answer<ReservationDecision>>
  /** Holds more of it, or for longer. */
  extend(
    organizationId: string,
    reservationId: string,
    input: ExtensionInput,
    options?: CallOptions,
  ): Promise<ReservationDecision>
  /** Records what was really used and gives the rest back. Again: the first result. */
  settle(
    organizationId: string,
    reservationId: string,
    input: SettlementInput,
    options?: CallOptions,
  ): Promise<Answer<ReservationState>>
  /** Gives all of it back. */
  release(organizationId: string, reservationId: string): Promise<ReservationState>
  /** Undoes an event by a new one with its amounts negated, in the windows of the first. */
  reverse(
    organizationId: string,
    eventId: string,
    input: { reason: string },
    options?: CallOptions,
  ): Promise<Answer<{ eventId: string; reverses: string }>>
  /** Why a decision of `track`, `reserve` or `extend` was as it was. */
  explain(organizationId: string, decisionId: string): Promise<Explanation>
  /** The limits and levels of the windows that contain now. */
  current(organizationId: string): Promise<CurrentUsage>

  readonly usage: UsageReports
  readonly insight: Insight
  readonly operator: OperatorReports
  readonly organizations: {
    create(input: OrganizationCreateInput, options?: CallOptions): Promise<Organization>
    get(organizationId: string): Promise<Organization>
    list(filter?: OrganizationFilter): Promise<Page<Organization>>
    /** A new plan's limits hold at once; what was used counts on. */
    update(
      organizationId: string,
      input: OrganizationUpdateInput,
      options?: CallOptions,
    ): Promise<Organization>
    /** The gate refuses it from now on, and its keys open nothing. What it used stays. */
    close(organizationId: string, options?: CallOptions): Promise<Organization>
  }
  readonly members: {
    list(organizationId: string, page?: PageRequest): Promise<Page<Member>>
    add(organizationId: string, input: MemberAddInput, options?: CallOptions): Promise<Member>
    update(
      organizationId: string,
      userId: string,
      input: MemberUpdateInput,
      options?: CallOptions,
    ): Promise<Member>
    /** The last owner stays. */
    remove(organizationId: string, userId: string, options?: CallOptions): Promise<Member>
  }
  readonly apiKeys: {
    create(
      organizationId: string,
      input: ApiKeyCreateInput,
      options?: CallOptions,
    ): Promise<ApiKeyCreated>
    /** The newest first, those that have ended among them. */
    list(organizationId: string, page?: PageRequest): Promise<Page<ApiKey>>
    /** Ends a key in every process within a second. */
    revoke(organizationId: string, keyId: string, options?: CallOptions): Promise<ApiKey>
    /** A new key in the place of an old one, which ends after the overlap. */
    rotate(
      organizationId: string,
      keyId: string,
      input?: ApiKeyRotateInput,
      options?: CallOptions,
    ): Promise<ApiKeyRotated>
  }
  readonly limits: {
    /** Those in force, with what the plan and what an override says of each. */
    list(organizationId: string): Promise<readonly OrganizationLimit[]>
    /** What the plan says holds again. */
    remove(
      organizationId: string,
      overrideId: string,
      options?: CallOptions,
    ): Promise<LimitOverrideRemoved>
    override(
      organizationId: string,
      input: LimitOverrideInput,
      options?: CallOptions,
    ): Promise<LimitOverrideCreated>
  }
  readonly audit: AuditLog
  readonly billing: Billing
  readonly grants: Grants
  readonly jobs: Jobs
  readonly subscriptions: Subscriptions
}

/** The verbs that commit or roll back with a transaction of the caller's. */
export type TollgateWithin = Pick<
  Tollgate,
  'check' | 'track' | 'record' | 'reserve' | 'extend' | 'settle' | 'release'
>

/** What the engine in this process can do beyond what goes over HTTP. */
export interface TollgateEngine extends Tollgate {
  readonly usage: UsageReportsInProcess
  readonly audit: AuditInProcess
  readonly billing: BillingInProcess
  readonly members: Tollgate['members'] & {
    /** Undefined when the user is no member of it, or there is no such organization. */
    roleOf(organizationId: string, userId: string): Promise<Role | undefined>
    /** The organizations that a user is a member of, the first hundred by their ids. */
    organizationsOf(userId: string): Promise<readonly Membership[]>
  }
  /**
   * Queues use to be recorded with others (100 events or 5 seconds). Resolves when it is in the
   * queue, which is bounded: a full queue makes callers wait. `close()` writes what is queued.
   */
  enqueue(input: UsageEventInput, options?: CallOptions): Promise<void>
  /**
   * The gate and the ledger inside a transaction of the caller's own: what they write commits or
   * rolls back with the caller's rows. `transaction` is a client of `pg` after `begin`, or the
   * transaction of Drizzle, Kysely or Prisma. Costs about one statement a verb, and holds the
   * organization's lock until the transaction ends, so other calls of that organization wait for
   * it: keep such transactions short.
   */
  within(transaction: CallerTransaction): TollgateWithin
  /** Writes everything that is queued, and waits for it. */
  flush(): Promise<void>
  /** Who a bearer credential stands for; undefined when it is unknown, expired or revoked. */
  authenticate(credential: string): Promise<Principal | undefined>
  /** Keys that all processes on this database share, for what the server signs for itself. */
  readonly signing: {
    /**
     * Those for one purpose: the one to sign by, then those that what was signed before may have.
     * Asked for a `keyId` that is not among them, it looks whether there is a new one.
     */
    keys(purpose: string, keyId?: string): Promise<readonly SigningKey[]>
    /** From now on others; what was signed before is good for so long, by the keys it has. */
    rotate(acceptedForMs: number, options?: CallOptions): Promise<void>
  }
  /** Who is signed in to the console. */
  readonly sessions: {
    open(session: NewSession): Promise<Session>
    /** Undefined when it is over: by its time, by its key's end, or because it was ended. */
    get(id: string): Promise<Session | undefined>
    end(id: string): Promise<void>
    /** All of one actor's, wherever they signed in. */
    endAllOf(actor: string): Promise<void>
  }
  /** A key for the platform's administrator. */
  createAdminKey(input: ApiKeyCreateInput): Promise<ApiKeyCreated>
  /** Recomputes roll-ups, buckets and holds from raw events and reports every difference. */
  aggregate(range?: { from?: Date; to?: Date; repair?: boolean }): Promise<{
    from: Date
    to: Date
    events: bigint
    differences: readonly UsageDifference[]
  }>
  /** Applies retention now. */
  cleanup(): Promise<{ droppedPartitions: number; forgottenIds: bigint }>
  /** Can the store be reached? Rejects within a second when not. */
  ready(): Promise<void>
  /** Figures for `/metrics`. */
  statistics(): EngineStatistics
  /** Refuses new work, finishes and writes what was accepted, closes the store. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type { UsageDifference }
