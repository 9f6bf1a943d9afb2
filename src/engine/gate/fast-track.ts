import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import { isPlainEvent } from '../../contract/plain-event.ts'
import type { Call, UsageEvent } from '../../contract/usage.ts'
import { addsUp, CREDITS_METER, TOKENS_METER } from '../../core/catalog-words.ts'
import { isConcurrency } from '../../core/limit-kind.ts'
import type { CompiledEventType } from '../catalog/compiled-catalog.ts'
import type { Account, LeasedLimit } from '../counters/account.ts'
import type { Need } from '../counters/refills.ts'
import { subjectOf } from '../counters/touched-limit.ts'
import type { RunningContext } from '../create-context.ts'
import { beginningOf } from '../ledger/journal-line.ts'
import { prepareUsage } from '../ledger/usage-item.ts'
import { LeasedDecision } from './leased-decision.ts'
import { LeasedUse } from './leased-use.ts'

/** What calls of one event type by one organization add to, worked out once. */
interface Route {
  readonly type: CompiledEventType
  /** Without properties, which change the price. */
  readonly microCredits: bigint
  readonly parts: readonly Part[]
  /** How the journal's lines of these calls begin. */
  readonly beginning: string
}

/** Without a route, the general way has to look at calls of this type. */
interface FoundRoute {
  readonly type: CompiledEventType | undefined
  readonly route: Route | undefined
}

interface Part {
  readonly meter: string
  /** The amount, where the event does not say; undefined: none. */
  readonly units: number | undefined
  readonly isTokens: boolean
  readonly isPrice: boolean
  readonly limits: readonly LeasedLimit[]
}

/**
 * `track` for the calls that need nothing from outside: plain events of organizations that are
 * known here, on limits of which enough is on lease. Decided at once, and recorded with others.
 * Without a journal there is no promise and no I/O; with one the answer comes when the turn's calls
 * are written there, or, where they cannot be, is that of `otherwise`. Everything else is not for
 * here.
 */
export class FastTrack {
  readonly #ctx: RunningContext
  /** The routes of each account by event type. They go with the account. */
  readonly #routes = new WeakMap<Account, Map<string, FoundRoute>>()

  constructor(ctx: RunningContext) {
    this.#ctx = ctx
  }

  track(
    input: Call,
    options: CallOptions | undefined,
    otherwise: () => Promise<Replayable<Decision>>,
  ): Replayable<Decision> | Promise<Replayable<Decision>> | undefined {
    const { accounts, leases, recorder, clock, counters } = this.#ctx
    const { organizationId } = input
    if (organizationId === undefined || options?.idempotencyKey !== undefined) return undefined
    const atMs = clock.now().getTime()
    const account = accounts.known(organizationId, atMs)
    if (!account || atMs < account.tightUntilMs) return undefined
    // What has an id may be a retry, and only the store knows the first answer.
    if (input.id !== undefined || !isPlainEvent(input)) return undefined
    const route = this.#routeOf(account, input.eventType)
    const amounts = route && amountsOf(route, input)
    if (!amounts) return undefined
    const needs = needsOf(account, route, amounts, input, options?.apiKeyId, atMs)
    if (!needs || !leases.debit(account, needs, atMs)) return undefined
    const use = new LeasedUse(this.#ctx, {
      organizationId,
      type: route.type,
      beginning: route.beginning,
      event: input,
      amounts,
      microCredits: route.microCredits,
      needs,
      atMs,
      apiKeyId: options?.apiKeyId,
    })
    const kept = recorder.put(use, 'written')
    if (kept === false) {
      leases.credit(account, needs)
      return undefined
    }
    const decision = new LeasedDecision(this.#ctx, account, use, atMs)
    if (kept === true) {
      counters.leasedAllowed += 1
      return decision
    }
    // One promise for each call: an async function here would be two more, and turns to wait.
    return kept.then((isKept) => {
      if (isKept) {
        counters.leasedAllowed += 1
        return decision
      }
      leases.credit(account, needs)
      return otherwise()
    })
  }

  #routeOf(account: Account, eventType: string): Route | undefined {
    let routes = this.#routes.get(account)
    if (!routes) {
      routes = new Map()
      this.#routes.set(account, routes)
    }
    const { catalog } = account.organization
    const type = this.#ctx.catalog.eventType(eventType, catalog)
    const known = routes.get(eventType)
    // Compiled anew whenever the catalog changes, so the same one means the same rules.
    if (known && known.type === type) return known.route
    const route = type && this.#makeRoute(account, type)
    routes.set(eventType, { type, route })
    return route
  }

  /** Undefined where the general way must look: something is not allowed, or does not just add up. */
  #makeRoute(account: Account, type: CompiledEventType): Route | undefined {
    const { catalog, leases } = this.#ctx
    const plain = prepareUsage(
      this.#ctx,
      account.organization,
      { eventType: type.definition.key },
      { id: 'route' },
    )
    const price = type.price(undefined)
    if (plain.kind === 'refused' || !price.ok) return undefined
    const meters: [string, number | undefined][] = []
    for (const [meter, from] of type.contributions) {
      const shape = catalog.meter(meter)
      if (shape?.scale !== 0 || typeof from === 'object') return undefined
      if (!addsUp(shape.aggregation)) return undefined
      meters.push([meter, from === 'quantity' ? undefined : from])
    }
    if (type.addsCredits) meters.push([CREDITS_METER, Number(price.microCredits)])
    const parts = meters.map(([meter, units]): Part => {
      const isPrice = type.addsCredits && meter === CREDITS_METER
      const limits = account.limits.filter(
        ({ row }) => row.meter === meter && !isConcurrency(row.window_name),
      )
      return {
        meter,
        units,
        isPrice,
        isTokens: meter === TOKENS_METER && units === undefined,
        limits,
      }
    })
    const isLeased = parts.every(({ limits }) => limits.every((limit) => leases.mayLease(limit)))
    if (!isLeased || (leases.mode === 'strict' && !parts.some(({ limits }) => limits.length > 0))) {
      return undefined
    }
    const beginning = beginningOf({
      organizationId: account.organization.id,
      eventType: type.definition.key,
      category: type.definition.category,
      microCredits: price.microCredits,
      catalogVersionId: type.versionId,
      verb: 'track',
    })
    return { type, microCredits: price.microCredits, parts, beginning }
  }
}

/** Meter and units of all that the call adds to; undefined when a quantity needs a closer look. */
const amountsOf = (route: Route, event: UsageEvent): [string, number][] | undefined => {
  const amounts: [string, number][] = []
  const given = event.quantities
  let used = 0
  for (const { meter, units, isPrice, isTokens } of route.parts) {
    let amount = units
    const quantity = isPrice ? undefined : given?.[meter]
    if (quantity !== undefined) {
      amount = quantity as number
      used += 1
    } else if (isTokens) amount = (event.inputTokens ?? 0) + (event.outputTokens ?? 0)
    if (amount !== undefined && !Number.isSafeInteger(amount)) return undefined
    if (amount) amounts.push([meter, amount])
  }
  if (given) for (const _ in given) used -= 1
  return used === 0 ? amounts : undefined
}

const needsOf = (
  account: Account,
  route: Route,
  amounts: readonly (readonly [string, number])[],
  event: UsageEvent,
  apiKeyId: string | undefined,
  atMs: number,
): Need[] | undefined => {
  const needs: Need[] = []
  let next = 0
  for (const { meter, limits } of route.parts) {
    const amount = amounts[next]
    if (!amount || amount[0] !== meter) continue
    next += 1
    for (const limit of limits) {
      const subject = subjectOf(limit.row, event.userId, apiKeyId)
      if (subject === undefined) {
        if (limit.row.refuses_anonymous) return undefined
        continue
      }
      needs.push({ slot: account.slot(limit, subject, atMs), units: amount[1] })
    }
  }
  return needs
}
