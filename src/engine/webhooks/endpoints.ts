import type { z } from 'zod'
import { targetFault } from '../../connectors/outbound/target-url.ts'
import { newWebhookSecret } from '../../connectors/webhooks/signature.ts'
import type { CallOptions } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import type {
  Webhook,
  WebhookCreated,
  WebhookRemoved,
  webhookCreateSchema,
  webhookUpdateSchema,
} from '../../contract/webhooks.ts'
import type { Queryable } from '../../storage/database.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import {
  deleteEndpoint,
  type EndpointRow,
  insertEndpoint,
  listEndpoints,
  putSecrets,
  updateEndpoint,
} from '../../storage/tables/endpoints.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { sealed, sealing } from '../authentication/sealing.ts'
import type { Context } from '../context.ts'
import { requireRoom } from './endpoint-room.ts'
import { webhookOf } from './endpoint-value.ts'
import {
  chainOwner,
  cursorOf,
  lockedWebhook,
  lockOwner,
  type OwnedEndpoint,
  type Owner,
  ownerId,
  placeOf,
  readAs,
  WEBHOOKS,
  webhookRow,
} from './owned-endpoint.ts'

const FORMER_SECRET_MS = 86_400_000

/** Lists endpoints, oldest first. */
export const listWebhooks = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE, ...owner }: Owner & z.output<typeof pageRequestSchema>,
): Promise<Page<Webhook>> => {
  const after = placeOf(cursor)
  const rows = await readAs(ctx, owner, (tx) =>
    listEndpoints(tx, ownerId(owner), WEBHOOKS, { after, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, webhookOf, cursorOf)
}

export const getWebhook = async (ctx: Context, named: OwnedEndpoint): Promise<Webhook> =>
  webhookOf(await readAs(ctx, named, (tx) => webhookRow(tx, named)))

/** Creates an endpoint. Only this answer contains the secret. */
export const createWebhook = async (
  ctx: Context,
  { url, kinds = [], description, ...owner }: Owner & z.output<typeof webhookCreateSchema>,
  options: CallOptions = {},
): Promise<WebhookCreated> => {
  requireTarget(ctx, url)
  const id = ctx.ids()
  const secret = newWebhookSecret()
  const row = await sealing(ctx.signingKeys, ctx.db.transaction, async (tx, key) => {
    await lockOwner(tx, owner)
    await requireRoom(tx, owner, 'url')
    const wanted = {
      id,
      organization_id: ownerId(owner),
      channel: 'webhook' as const,
      target: url,
      kinds,
      description: description ?? null,
      secret: sealed(secret, key, id),
    }
    const made = await insertEndpoint(tx, wanted, ctx.clock.now())
    await written(tx, ctx, options, 'webhook.created', { row: made, now: said(made) })
    return made
  })
  return { ...webhookOf(row), secret }
}

/** Updates an endpoint: its URL, event kinds or state. */
export const updateWebhook = async (
  ctx: Context,
  {
    url,
    kinds,
    description,
    state,
    ...named
  }: OwnedEndpoint & z.output<typeof webhookUpdateSchema>,
  options: CallOptions = {},
): Promise<Webhook> => {
  if (url !== undefined) requireTarget(ctx, url)
  const at = ctx.clock.now()
  const row = await ctx.db.transaction(async (tx) => {
    const old = await lockedWebhook(tx, named)
    const isTurned = state !== undefined && state !== old.state
    const isMoved = url !== undefined && url !== old.target
    const now: EndpointRow = {
      ...old,
      target: url ?? old.target,
      kinds: kinds ?? old.kinds,
      description: description === undefined ? old.description : description,
      state: state ?? old.state,
      // An endpoint that is turned on or has a new URL starts with no failures.
      reason: isTurned ? null : old.reason,
      failing_since: isTurned || isMoved ? null : old.failing_since,
      updated_at: at,
    }
    await updateEndpoint(tx, now, at)
    if (now.state === 'paused') await skipWaiting(tx, now.id, 'the endpoint was paused')
    else if (now.kinds.length > 0) {
      await skipWaiting(tx, now.id, 'the endpoint is not told of this kind', now.kinds)
    }
    await written(tx, ctx, options, 'webhook.updated', { row: now, old: said(old), now: said(now) })
    return now
  })
  return webhookOf(row)
}

/** Deletes an endpoint with its deliveries. */
export const removeWebhook = async (
  ctx: Context,
  named: OwnedEndpoint,
  options: CallOptions = {},
): Promise<WebhookRemoved> => {
  await ctx.db.transaction(async (tx) => {
    const row = await lockedWebhook(tx, named, { alsoClosed: true })
    await deleteEndpoint(tx, row.id)
    await written(tx, ctx, options, 'webhook.removed', { row, old: said(row) })
  })
  return { id: named.endpointId, removedAt: ctx.clock.now().toISOString() }
}

/** Creates a new secret. For a day, deliveries are also signed with the previous one. */
export const rotateWebhookSecret = async (
  ctx: Context,
  named: OwnedEndpoint,
  options: CallOptions = {},
): Promise<WebhookCreated> => {
  const secret = newWebhookSecret()
  const formerUntil = new Date(ctx.clock.now().getTime() + FORMER_SECRET_MS)
  const row = await sealing(ctx.signingKeys, ctx.db.transaction, async (tx, key) => {
    const old = await lockedWebhook(tx, named)
    const now = {
      ...old,
      secret: sealed(secret, key, old.id),
      former_secret: old.secret,
      former_until: formerUntil,
    }
    await putSecrets(tx, now)
    const until = { formerSecretUntil: formerUntil.toISOString() }
    await written(tx, ctx, options, 'webhook.secret_rotated', { row: now, now: until })
    return now
  })
  return { ...webhookOf(row), secret }
}

const requireTarget = (ctx: Context, url: string): void => {
  const message = targetFault(url, ctx.outbound)
  if (message !== undefined) throw invalid({ field: 'url', message })
}

/** The fields of an endpoint for the audit log, without its secret. */
const said = ({ target, kinds, state, description }: EndpointRow) => ({
  url: target,
  kinds,
  state,
  description,
})

const written = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  action: string,
  { row, old, now }: { row: EndpointRow; old?: unknown; now?: unknown },
): Promise<void> => {
  await appendAudit(tx, ctx, {
    organizationId: row.organization_id === ownerId({}) ? chainOwner({}) : row.organization_id,
    category: 'webhooks',
    action,
    ...actorOf(options),
    subject: `webhook:${row.id}`,
    old,
    new: now,
  })
}
