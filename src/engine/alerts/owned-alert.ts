import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import { ALERT_KIND_FACTS, ALERT_KINDS } from '../../core/alert-kinds.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type AlertRulePlace,
  type AlertRuleSeen,
  findAlertRule,
  findInheritedRule,
  listAlertRules,
  listInheritedRules,
} from '../../storage/tables/alert-rules.ts'
import type { Context } from '../context.ts'
import { type Owner, ownerId, readAs } from '../webhooks/owned-endpoint.ts'

/** Names a rule as an owner sees it. */
export interface OwnedAlert extends Owner {
  readonly alertId: string
}

/** Kinds of rules that are about the platform itself, never about an organization. */
const KINDS_OF_PLATFORM = ALERT_KINDS.filter((kind) => ALERT_KIND_FACTS[kind].isOfPlatform)

/** The rule for a change. It may be a platform rule that applies to the organization. */
export const alertRow = async (tx: Queryable, named: OwnedAlert): Promise<AlertRuleSeen> =>
  present(
    isUuid(named.alertId) &&
      ((await findAlertRule(tx, ownerId(named), named.alertId)) ?? (await inherited(tx, named))),
  )

/** The rule for a read. An organization's own rule is read as that organization. */
export const readAlertRow = async (ctx: Context, named: OwnedAlert): Promise<AlertRuleSeen> => {
  const isId = isUuid(named.alertId)
  const own = await readAs(ctx, named, async (tx) =>
    isId ? findAlertRule(tx, ownerId(named), named.alertId) : undefined,
  )
  return present(own ?? (isId && (await inherited(ctx.db, named))))
}

const inherited = async (db: Queryable, { organizationId, alertId }: OwnedAlert) =>
  organizationId === undefined
    ? undefined
    : findInheritedRule(db, organizationId, KINDS_OF_PLATFORM, alertId)

const present = (row: AlertRuleSeen | undefined | false): AlertRuleSeen => {
  if (row) return row
  throw new TollgateError('not_found', { detail: 'there is no such rule' })
}

/** The place where a page of rules begins. Platform rules come before an organization's own. */
export type AlertListPlace = AlertRulePlace & { readonly isOwn: boolean }

export const alertRows = async (
  ctx: Context,
  owner: Owner,
  { after, limit }: { readonly after: AlertListPlace | undefined; readonly limit: number },
): Promise<readonly AlertRuleSeen[]> => {
  const { organizationId } = owner
  const isInherited = organizationId !== undefined && after?.isOwn !== true
  const inheritedRows = isInherited
    ? await listInheritedRules(ctx.db, organizationId, KINDS_OF_PLATFORM, { after, limit })
    : []
  const rest = { after: isInherited ? undefined : after, limit: limit - inheritedRows.length }
  const own = await readAs(ctx, owner, async (tx) =>
    rest.limit > 0 ? listAlertRules(tx, ownerId(owner), rest) : [],
  )
  return [...inheritedRows, ...own]
}
