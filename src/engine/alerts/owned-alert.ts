import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import { ALERT_KIND_FACTS, ALERT_KINDS } from '../../core/alert-kinds.ts'
import type { Queryable } from '../../storage/database.ts'
import { type AlertRuleSeen, findAlertRule } from '../../storage/tables/alert-rules.ts'
import { type Owner, ownerId } from '../webhooks/owned-endpoint.ts'

/** Names a rule as an owner sees it. */
export interface OwnedAlert extends Owner {
  readonly alertId: string
}

/** What is of the platform itself, and so no organization's. */
export const KINDS_OF_PLATFORM = ALERT_KINDS.filter((kind) => ALERT_KIND_FACTS[kind].isOfPlatform)

/** The rule, which may be one of the platform's that holds for the organization. */
export const alertRow = async (tx: Queryable, named: OwnedAlert): Promise<AlertRuleSeen> => {
  const row = isUuid(named.alertId)
    ? await findAlertRule(tx, ownerId(named), KINDS_OF_PLATFORM, named.alertId)
    : undefined
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such rule' })
  return row
}
