import type { z } from 'zod'
import { type Alert, type AlertRemoved, MOST_ALERT_RULES } from '../../contract/alerts.ts'
import type { CallOptions } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import {
  DEFAULT_PAGE_SIZE,
  noCursor,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import { ALERT_KIND_FACTS } from '../../core/alert-kinds.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type AlertRuleRow,
  countAlertRules,
  deleteAlertRule,
  forgetStates,
  insertAlertRule,
  muteAlertRule,
  nextAlertEpoch,
  refreshAlerts,
  updateAlertRule,
} from '../../storage/tables/alert-rules.ts'
import { catchUp } from '../../storage/tables/grants.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { planNamed } from '../tenancy/organizations.ts'
import { chainOwner, lockOwner, type Owner, ownerId } from '../webhooks/owned-endpoint.ts'
import {
  type ChangedAlert,
  changedColumns,
  type NewAlert,
  newColumns,
  saysElse,
} from './alert-row.ts'
import { alertOf } from './alert-value.ts'
import {
  type AlertListPlace,
  alertRow,
  alertRows,
  type OwnedAlert,
  readAlertRow,
} from './owned-alert.ts'

const CURSOR = /^([01])_(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(.+)$/

/** Lists the platform's rules that apply to the organization, then its own. */
export const listAlerts = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE, ...owner }: Owner & z.output<typeof pageRequestSchema>,
): Promise<Page<Alert>> => {
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const rows = await alertRows(ctx, owner, { after, limit: limit + 1 })
  return pageFrom(
    rows,
    limit,
    (row) => alertOf(ctx, row),
    ({ organization_id, created_at, id }) =>
      `${organization_id === '' ? 0 : 1}_${created_at.toISOString()}_${id}`,
  )
}

export const getAlert = async (ctx: Context, named: OwnedAlert): Promise<Alert> =>
  alertOf(ctx, await readAlertRow(ctx, named))

/** Creates a rule. A threshold that is already exceeded fires at once, marked as standing. */
export const createAlert = async (
  ctx: Context,
  { organizationId, ...wanted }: Owner & NewAlert,
  options: CallOptions = {},
): Promise<Alert> => {
  const owner: Owner = organizationId === undefined ? {} : { organizationId }
  requireScope(ctx, owner, wanted)
  const columns = newColumns(ctx, wanted)
  const at = ctx.clock.now()
  const row: AlertRuleRow = {
    id: ctx.ids(),
    version: 1,
    organization_id: ownerId(owner),
    kind: wanted.kind,
    plan: wanted.plan === undefined ? null : planNameOf(ctx, wanted.plan),
    ...columns,
    built_in: false,
    created_at: at,
    updated_at: at,
  }
  await ctx.db.transaction(async (tx) => {
    await lockOwner(tx, owner)
    await requireRoom(tx, owner)
    await insertAlertRule(tx, row)
    await lookAgain(tx, owner, at)
    await written(tx, ctx, options, 'alert.created', owner, row, { new: saidOf(ctx, row) })
  })
  return alertOf(ctx, row)
}

/** Updates a rule. An organization can only mute or unmute a rule of the platform. */
export const updateAlert = async (
  ctx: Context,
  { organizationId, alertId, ...change }: OwnedAlert & ChangedAlert,
  options: CallOptions = {},
): Promise<Alert> => {
  const owner: Owner = organizationId === undefined ? {} : { organizationId }
  const at = ctx.clock.now()
  const row = await ctx.db.transaction(async (tx) => {
    await lockOwner(tx, owner)
    const before = await alertRow(tx, { ...owner, alertId })
    if (before.organization_id !== ownerId(owner)) {
      return turn(tx, ctx, options, owner, before, change, at)
    }
    const columns = changedColumns(ctx, before, change)
    const isElse = saysElse(before, columns)
    const now = {
      ...before,
      ...columns,
      version: before.version + (isElse ? 1 : 0),
      updated_at: at,
    }
    await updateAlertRule(tx, now)
    if (isElse || !now.enabled) await forgetStates(tx, alertId, null, at)
    await lookAgain(tx, owner, at)
    const said = { old: saidOf(ctx, before), new: saidOf(ctx, now) }
    await written(tx, ctx, options, 'alert.updated', owner, now, said)
    return now
  })
  return alertOf(ctx, row)
}

/** Deletes a rule. Its firings stay. */
export const removeAlert = async (
  ctx: Context,
  { organizationId, alertId }: OwnedAlert,
  options: CallOptions = {},
): Promise<AlertRemoved> => {
  const owner: Owner = organizationId === undefined ? {} : { organizationId }
  const at = ctx.clock.now()
  await ctx.db.transaction(async (tx) => {
    await lockOwner(tx, owner, { alsoClosed: true })
    const row = await alertRow(tx, { ...owner, alertId })
    if (row.built_in || row.organization_id !== ownerId(owner)) {
      throw refusal('alertId', 'is not yours to remove: turn it off with `enabled: false`')
    }
    await forgetStates(tx, alertId, null, at)
    await deleteAlertRule(tx, alertId)
    await lookAgain(tx, owner, at)
    await written(tx, ctx, options, 'alert.removed', owner, row, { old: saidOf(ctx, row) })
  })
  return { id: alertId, removedAt: at.toISOString() }
}

/** Mutes or unmutes a platform rule for one organization. */
const turn = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  owner: Owner,
  rule: Awaited<ReturnType<typeof alertRow>>,
  { enabled, ...others }: ChangedAlert,
  at: Date,
) => {
  const stray = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (stray !== undefined || enabled === undefined) {
    const message = "is the platform's to say: turn the rule off, and make one of your own"
    throw refusal(stray ?? 'enabled', message)
  }
  if (enabled && !rule.enabled) throw refusal('enabled', 'the platform has turned this rule off')
  const now = { ...rule, muted: !enabled }
  await muteAlertRule(tx, ownerId(owner), rule.id, !enabled)
  if (!enabled) await forgetStates(tx, rule.id, ownerId(owner), at)
  await lookAgain(tx, owner, at)
  const said = { old: { enabled: !rule.muted }, new: { enabled } }
  await written(tx, ctx, options, 'alert.updated', owner, rule, said)
  return now
}

/**
 * An organization is evaluated in the same transaction. A platform rule marks all organizations as
 * behind, and they are evaluated later.
 */
const lookAgain = async (tx: Queryable, owner: Owner, at: Date): Promise<void> => {
  if (owner.organizationId === undefined) return nextAlertEpoch(tx)
  await catchUp(tx, owner.organizationId, at)
  await refreshAlerts(tx, owner.organizationId, at)
}

const requireScope = (ctx: Context, owner: Owner, { kind, plan }: NewAlert): void => {
  const { isOfPlatform } = ALERT_KIND_FACTS[kind]
  if (isOfPlatform && owner.organizationId !== undefined) {
    const message = `"${kind}" is of the platform itself: make it under /api/admin/alerts`
    throw invalid({ field: 'kind', message })
  }
  if (plan === undefined) return
  if (isOfPlatform) {
    throw invalid({ field: 'plan', message: `"${kind}" is of no plan: leave it out` })
  }
  planNameOf(ctx, plan)
}

const planNameOf = (ctx: Context, name: string): string => {
  const { catalog, plan } = planNamed(ctx, name)
  return `${catalog.key}/${plan.key}`
}

const requireRoom = async (tx: Queryable, owner: Owner): Promise<void> => {
  if ((await countAlertRules(tx, ownerId(owner))) < MOST_ALERT_RULES) return
  throw refusal('kind', `there are ${MOST_ALERT_RULES} rules already: remove one first`)
}

const refusal = (field: string, message: string): TollgateError =>
  new TollgateError('unprocessable', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })

/** The fields of a rule for the audit log: all that callers see of it, and may have set. */
const saidOf = (ctx: Context, row: AlertRuleRow) => {
  const { id, organizationId, scope, unit, builtIn, createdAt, updatedAt, ...said } = alertOf(
    ctx,
    row,
  )
  return said
}

const written = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  action: string,
  owner: Owner,
  row: Pick<AlertRuleRow, 'id'>,
  said: { readonly old?: unknown; readonly new?: unknown },
): Promise<void> => {
  await appendAudit(tx, ctx, {
    organizationId: chainOwner(owner),
    category: 'limits',
    action,
    ...actorOf(options),
    subject: `alert:${row.id}`,
    ...said,
  })
}

const placeOf = (cursor: string): AlertListPlace => {
  const [, own = '', instant = '', id = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw noCursor()
  return { isOwn: own === '1', at, id }
}
