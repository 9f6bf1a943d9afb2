import type { z } from 'zod'
import type { ChannelPreview, channelPreviewQuerySchema } from '../../contract/channels.ts'
import { TollgateError } from '../../contract/errors.ts'
import { type DomainEventRow, findFiring, PLATFORM } from '../../storage/tables/domain-events.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import type { Context } from '../context.ts'
import { namesOfOrganizations } from '../tenancy/names-of.ts'
import { readAs } from '../webhooks/owned-endpoint.ts'
import { zoneOf } from './channel-value.ts'
import { messageOf } from './message-of.ts'
import { channelRow, type OwnedChannel } from './owned-channel.ts'
import { sampleEvents } from './sample-events.ts'
import { mailOf } from './send-mail.ts'
import { consoleUrlOf } from './serve-channel.ts'
import { sampleUnsubscribeUrl } from './unsubscribing.ts'

const SAMPLE_NAMES: ReadonlyMap<string, string> = new Map([['northlight', 'Northlight']])

/** Renders a message in every form. Sends nothing. */
export const previewChannel = async (
  ctx: Context,
  {
    firingId,
    sample = 'alert',
    ...named
  }: OwnedChannel & z.output<typeof channelPreviewQuerySchema>,
): Promise<ChannelPreview> => {
  const { channel, firing } = await readAs(ctx, named, async (tx) => ({
    channel: await channelRow(tx, named),
    firing:
      firingId === undefined ? [] : await findFiring(tx, named.organizationId ?? null, firingId),
  }))
  if (firingId !== undefined && firing.length === 0) {
    throw new TollgateError('not_found', { detail: 'firingId: there is no such firing' })
  }
  const events = firing.length > 0 ? firing : sampleEvents(sample, ctx.clock.now())
  const names = firing.length > 0 ? await namesOf(ctx, firing) : SAMPLE_NAMES
  const isDigest = firing.length === 0 && sample === 'digest'
  return shown(ctx, channel, { events, names, isDigest })
}

const namesOf = (ctx: Context, events: readonly DomainEventRow[]) => {
  const owners = new Set(events.map(({ organization_id }) => organization_id))
  owners.delete(PLATFORM)
  return namesOfOrganizations(ctx, [...owners])
}

/** The renderers are loaded on first use. */
const shown = async (
  ctx: Context,
  channel: EndpointRow,
  told: Pick<Parameters<typeof messageOf>[0], 'events' | 'names' | 'isDigest'>,
): Promise<ChannelPreview> => {
  const { mailText } = await import('../../connectors/mail/mail-text.ts')
  const { slackBody } = await import('../../connectors/slack/blocks.ts')
  const message = messageOf({
    ...told,
    id: channel.id,
    zone: zoneOf(channel),
    consoleUrl: consoleUrlOf(ctx),
    unsubscribeUrl: channel.channel === 'email' ? sampleUnsubscribeUrl(ctx) : null,
  })
  const slack = slackBody(message)
  return {
    ...(await mailOf(ctx, message, mailText)),
    slack: { text: slack.text, blocks: [...slack.blocks] },
  }
}
