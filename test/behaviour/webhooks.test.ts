import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { eventually } from '../setup/eventually.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import {
  acts,
  bodyOf,
  deliver,
  deliveriesOf,
  idsOf,
  inOrder,
  toThisMachine,
  verified,
} from './webhook-steps.ts'

const receiver = await openReceiver()
const { received } = receiver
const options = { catalogs: [SUBSCRIPTIONS_CATALOG], webhooks: toThisMachine(receiver.port) }

describe('endpoints', () => {
  beforeEach(() => {
    received.length = 0
    receiver.answer = answers(200, {}, 'thank you')
  })
  afterAll(() => receiver.close())

  describeEngine('of an organization', options, (subject) => {
    const made = async (more: object = {}) => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('subscribed/pro')
      const about = { organizationId }
      const { secret, ...webhook } = await tollgate.webhooks.create({
        ...about,
        url: receiver.url,
        kinds: ['member.*'],
        ...more,
      })
      return { tollgate, about, secret, webhook, of: { ...about, endpointId: webhook.id } }
    }
    afterEach(async () => {
      const { db } = subject()
      await db.query('delete from tollgate.endpoints')
    })

    it('receive the events they subscribed to, with valid signatures', async () => {
      const { tollgate, about, secret, of } = await made()
      await acts(tollgate, about.organizationId, 'ada', 'bob')
      await tollgate.organizations.update({ ...about, name: 'Not asked for' })
      await deliver(tollgate)
      const inTurn = inOrder(received)
      expect(inTurn.map((one) => verified(one, secret))).toEqual([
        {
          type: 'member.added',
          id: inTurn[0]?.headers['webhook-id'],
          subject: 'user:ada',
          ...about,
          sequence: 2,
          timestamp: expect.any(String),
          data: { userId: 'ada', role: 'viewer', name: null },
        },
        expect.objectContaining({ type: 'member.added', sequence: 3, subject: 'user:bob' }),
      ])
      expect(await deliveriesOf(tollgate, of)).toMatchObject([
        { state: 'done', kind: 'member.added', attempts: 1, nextAttemptAt: null },
        { state: 'done', eventOrganizationId: about.organizationId },
      ])
      await deliver(tollgate)
      expect(received).toHaveLength(2)
    })

    it('show each delivery with its payload and the response', async () => {
      const { tollgate, about, of } = await made()
      receiver.answer = answers(500, {}, 'b\0roken')
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      const [delivery] = await deliveriesOf(tollgate, of)
      const shown = await tollgate.deliveries.get({ ...of, deliveryId: delivery?.id ?? '' })
      expect(shown).toMatchObject({
        state: 'waiting',
        attempts: 1,
        payload: bodyOf(received[0] as never),
        tries: [{ attempt: 1, status: 500, error: 'it answered 500', answer: 'broken' }],
      })
      expect(await tollgate.webhooks.get(of)).toMatchObject({
        state: 'on',
        failingSince: expect.any(String),
        lastSuccessAt: null,
      })
    })

    it('receive no earlier events, and none of a failed act', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('subscribed/pro')
      await acts(tollgate, organizationId, 'before')
      await clock.advance(1_000)
      await tollgate.webhooks.create({ organizationId, url: receiver.url })
      const twice = tollgate.members.add({ organizationId, userId: 'before', role: 'viewer' })
      await expect(twice).rejects.toMatchObject({ code: 'already_exists' })
      await acts(tollgate, organizationId, 'after')
      await deliver(tollgate)
      expect(received.map((one) => bodyOf(one).subject)).toEqual(['user:after'])
    })

    it('are refused if they lead into a private network', async () => {
      const { tollgate, about, of } = await made()
      for (const url of [
        'http://10.0.0.1/',
        'http://127.0.0.1:1/',
        'ftp://127.0.0.1/',
        'nowhere',
      ]) {
        const refused = { code: 'invalid_request', faults: [{ field: 'url' }] }
        await expect(tollgate.webhooks.create({ ...about, url })).rejects.toMatchObject(refused)
        await expect(tollgate.webhooks.update({ ...of, url })).rejects.toMatchObject(refused)
      }
      const kinds = ['everything'] as never
      const wrong = tollgate.webhooks.create({ ...about, url: receiver.url, kinds })
      await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' })
    })

    it('store their secret encrypted, also after the server’s keys change', async () => {
      const { tollgate, about, secret } = await made()
      const [row] = await subject().db.query<{ text: string }>(
        'select e::text as text from tollgate.endpoints e',
      )
      expect(row?.text).not.toContain(secret.slice(6, 20))
      await plumbingOf(tollgate).signing.rotate(0)
      await plumbingOf(tollgate).signing.rotate(0)
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      expect(verified(received[0] as never, secret).subject).toBe('user:ada')
    })

    it('are signed with both secrets for a day after a rotation', async () => {
      const { tollgate, about, secret: former, of } = await made()
      const { secret, formerSecretUntil } = await tollgate.webhooks.rotateSecret(of)
      expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
      expect(secret).not.toBe(former)
      expect(new Date(formerSecretUntil ?? '').getTime()).toBe(
        subject().clock.now().getTime() + 86_400_000,
      )
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      const [both] = received
      expect(verified(both as never, former)).toEqual(verified(both as never, secret))
      await subject().clock.advance(86_400_000)
      await acts(tollgate, about.organizationId, 'bob')
      await deliver(tollgate)
      expect(received[1]?.headers['webhook-signature']?.split(' ')).toHaveLength(1)
    })

    it('store events while they are paused, to be sent later', async () => {
      const { tollgate, about, of } = await made()
      receiver.answer = answers(503)
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      await tollgate.webhooks.update({ ...of, state: 'paused' })
      receiver.answer = answers(200)
      await subject().clock.advance(1_000)
      await acts(tollgate, about.organizationId, 'bob')
      await subject().clock.advance(3_600_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      expect(await deliveriesOf(tollgate, of)).toMatchObject([
        { state: 'skipped', reason: 'the endpoint was paused', attempts: 1 },
        { state: 'skipped', reason: 'the endpoint was not on', attempts: 0 },
      ])
      const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }
      const early = tollgate.deliveries.resend({ ...of, ...range })
      await expect(early).rejects.toMatchObject({ code: 'unprocessable' })
      await tollgate.webhooks.update({ ...of, state: 'on' })
      expect(await tollgate.deliveries.resend({ ...of, ...range })).toEqual({
        resent: 2,
        more: false,
      })
      await deliver(tollgate)
      expect(received.map((one) => bodyOf(one).subject).sort()).toEqual([
        ...['user:ada', 'user:ada', 'user:bob'],
      ])
    })

    it('do not receive events that they unsubscribed from', async () => {
      const { tollgate, about, of } = await made()
      receiver.answer = answers(500)
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      await tollgate.webhooks.update({ ...of, kinds: ['invoice.*'] })
      await subject().clock.advance(86_400_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      expect(await deliveriesOf(tollgate, of)).toMatchObject([
        { state: 'skipped', reason: 'the endpoint is not told of this kind' },
      ])
    })

    it('can be tested, whatever their subscription', async () => {
      const { tollgate, secret, of } = await made()
      const delivery = await tollgate.webhooks.test(of)
      expect(delivery).toMatchObject({ state: 'waiting', kind: 'webhook.test' })
      await deliver(tollgate)
      expect(verified(received[0] as never, secret)).toMatchObject({
        type: 'webhook.test',
        id: delivery.eventId,
        data: { endpointId: of.endpointId },
      })
    })

    it('resend a delivery once with its id, however many ask at once', async () => {
      const { tollgate, about, of } = await made()
      await acts(tollgate, about.organizationId, 'ada', 'bob')
      await deliver(tollgate)
      const first = (await deliveriesOf(tollgate, of)).find(
        ({ eventId }) => eventId === idsOf(received)[0],
      )
      const deliveryId = first?.id ?? ''
      await subject().clock.advance(60_000)
      expect(await tollgate.deliveries.resend({ ...of, deliveryId })).toMatchObject({ resent: 1 })
      await deliver(tollgate)
      expect(idsOf(received)).toEqual([first?.eventId, expect.any(String), first?.eventId])
      expect(Number(received[2]?.headers['webhook-timestamp'])).toBe(
        Number(received[0]?.headers['webhook-timestamp']) + 60,
      )
      const range = {
        from: first?.createdAt ?? '',
        to: '2100-01-01T00:00:00Z',
        state: 'done' as const,
      }
      const resent = await Promise.all(
        [1, 2, 3].map(() => tollgate.deliveries.resend({ ...of, ...range })),
      )
      expect(resent.map((one) => one.resent).sort()).toEqual([0, 0, 2])
      await deliver(tollgate)
      expect(received).toHaveLength(5)
      expect(await tollgate.deliveries.get({ ...of, deliveryId })).toMatchObject({
        state: 'done',
        attempts: 3,
        tries: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
      })
    })

    it('receive nothing after their organization is closed', async () => {
      const { tollgate, about, of } = await made({ kinds: [] })
      receiver.answer = answers(500)
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      await subject().clock.advance(1_000)
      await tollgate.organizations.close(about)
      await subject().clock.advance(86_400_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      expect(await deliveriesOf(tollgate, of)).toMatchObject([
        { state: 'skipped', reason: 'the organization is closed' },
        { state: 'skipped', kind: 'organization.closed' },
      ])
      expect(await tollgate.webhooks.get(of)).toMatchObject({ state: 'disabled' })
    })

    it('get no retries after their organization was closed', async () => {
      const { tollgate, about, of } = await made({ kinds: [] })
      const waiting: import('node:http').ServerResponse[] = []
      receiver.answer = (response) => void waiting.push(response)
      await acts(tollgate, about.organizationId, 'ada')
      const sending = deliver(tollgate)
      await eventually(() => expect(waiting).toHaveLength(1))
      await tollgate.organizations.close(about)
      for (const response of waiting) response.writeHead(500).end()
      await sending
      await subject().clock.advance(86_400_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      const left = await deliveriesOf(tollgate, of)
      expect(left.map(({ state, kind, reason }) => [kind, state, reason]).sort()).toEqual([
        ['member.added', 'skipped', 'the organization is closed'],
        ['organization.closed', 'skipped', 'the endpoint was not on'],
      ])
    })

    it('belong to one organization, and are audited', async () => {
      const { tollgate, about, of } = await made()
      const stranger = { ...of, organizationId: await subject().organization('subscribed/pro') }
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      const [delivery] = await deliveriesOf(tollgate, of)
      const theirs = { ...stranger, deliveryId: delivery?.id ?? '' }
      for (const asking of [
        () => tollgate.webhooks.get(stranger),
        () => tollgate.webhooks.remove(stranger),
        () => tollgate.platformWebhooks.get({ endpointId: of.endpointId }),
        () => tollgate.deliveries.get(theirs),
        () => tollgate.deliveries.resend(theirs),
        () => tollgate.deliveries.list(stranger),
      ]) {
        await expect(asking()).rejects.toMatchObject({ code: 'not_found' })
      }
      await tollgate.webhooks.rotateSecret(of)
      await tollgate.webhooks.remove(of)
      await expect(tollgate.webhooks.get(of)).rejects.toMatchObject({ code: 'not_found' })
      const { items } = await tollgate.audit.list({ ...about, category: 'webhooks' })
      expect(items.map(({ action }) => action)).toEqual([
        ...['webhook.removed', 'webhook.secret_rotated', 'webhook.created'],
      ])
      expect(JSON.stringify(items)).not.toContain('whsec_')
    })

    it('are limited in number', async () => {
      const { tollgate, about } = await made()
      for (let n = 1; n < 50; n += 1) {
        await tollgate.webhooks.create({ ...about, url: receiver.url })
      }
      const past = tollgate.webhooks.create({ ...about, url: receiver.url })
      await expect(past).rejects.toMatchObject({ code: 'unprocessable' })
      const listed = []
      for await (const one of tollgate.webhooks.list({ ...about, limit: 20 })) listed.push(one.id)
      expect(new Set(listed).size).toBe(50)
    })

    it('are deleted with their deliveries after the retention', async () => {
      const { tollgate, about, of } = await made()
      await acts(tollgate, about.organizationId, 'ada')
      await deliver(tollgate)
      await subject().clock.advance(31 * 86_400_000)
      await tollgate.admin.cleanup()
      const [delivery] = await deliveriesOf(tollgate, of)
      expect(
        await tollgate.deliveries.get({ ...of, deliveryId: delivery?.id ?? '' }),
      ).toMatchObject({ state: 'done', tries: [] })
      await subject().clock.advance(60 * 86_400_000)
      await tollgate.admin.cleanup()
      expect(await deliveriesOf(tollgate, of)).toEqual([])
      expect((await tollgate.domainEvents.list(about)).items).toEqual([])
    })
  })

  describeEngine('of the platform', options, (subject) => {
    it('receive events of every organization, and of none', async () => {
      const { tollgate, organization, clock } = subject()
      await clock.advance(1)
      const { secret, id: endpointId } = await tollgate.platformWebhooks.create({
        url: receiver.url,
      })
      const ids = [await organization('subscribed/pro'), await organization('subscribed/free')]
      await tollgate.serviceKeys.create({ name: 'backend', scopes: ['usage.read'] })
      await deliver(tollgate)
      const told = received.map((one) => verified(one, secret))
      expect(told.map(({ type, organizationId }) => `${type} ${organizationId}`).sort()).toEqual([
        'api_key.created null',
        ...ids.map((id) => `organization.created ${id}`),
      ])
      const { items } = await tollgate.platformDeliveries.list({ endpointId })
      expect(items).toHaveLength(3)
      const rules = await tollgate.audit.listPlatform({ action: 'webhooks.rules_changed' })
      expect(rules.items).toMatchObject([
        { actor: 'configuration', new: { allow: ['127.0.0.1'], allowHttp: true } },
      ])
    })
  })
})
