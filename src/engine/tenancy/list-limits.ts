import type { OrganizationLimit } from '../../contract/limits.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { mustBeDurable, onFailureOf } from '../../core/limit-policy.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type LimitSources,
  limitSources,
  type StoredTerms,
} from '../../storage/gate/limit-sources.ts'
import type { Context } from '../context.ts'
import { existing } from './organizations.ts'

/**
 * Every limit of an organization that is in force now, with the terms of its plan and its override.
 */
export const listLimits = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<readonly OrganizationLimit[]> => {
  await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const sources = await asOrganization(ctx.db, organizationId, (tx) =>
    limitSources(tx, [organizationId], at),
  )
  return sources.flatMap((source) => limitOf(source) ?? [])
}

/** A limit in the terms of the contract; undefined if neither plan nor override has one. */
export const limitOf = (source: LimitSources): OrganizationLimit | undefined => {
  const { meter, window, per, scale, plan, override } = source
  const inForce = override ?? plan
  if (!inForce) return undefined
  return {
    limit: `${meter}/${window}`,
    meter,
    window,
    per,
    ...termsOf(inForce, scale),
    plan: plan ? termsOf(plan, scale) : null,
    override: override
      ? {
          ...termsOf(override, scale),
          id: override.id,
          setBy: override.byPlatform ? 'platform' : 'organization',
          reason: override.reason,
          createdAt: override.createdAt.toISOString(),
          expiresAt: override.expiresAt?.toISOString() ?? null,
        }
      : null,
  }
}

const termsOf = (terms: StoredTerms, scale: number) => {
  const units = (amount: bigint | null) => (amount === null ? null : numberFromUnits(amount, scale))
  const words = { ...terms, onFailure: terms.onFailure ?? undefined }
  return {
    max: units(terms.max),
    behavior: terms.behavior,
    burst: units(terms.burst),
    cap: units(terms.cap),
    onFailure: onFailureOf(words),
    decide: terms.decide,
    durable: mustBeDurable(words),
  }
}
