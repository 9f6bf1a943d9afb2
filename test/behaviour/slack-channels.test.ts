import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { eventually } from '../setup/eventually.ts'
import { fires, gathered, shownIn, slackOf } from './channel-steps.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { deliver, toThisMachine } from './webhook-steps.ts'

const receiver = await openReceiver()
const { received } = receiver
const options = {
  catalogs: [SUBSCRIPTIONS_CATALOG],
  publicUrl: 'https://tollgate.example.com/',
  webhooks: toThisMachine(receiver.port, 443),
}

describe('a Slack channel', () => {
  beforeEach(() => {
    received.length = 0
    receiver.answer = answers(200, {}, 'ok')
  })
  afterAll(() => receiver.close())

  describeEngine('notifies people', options, (subject) => {
    const made = async (more: object = {}) => {
      const { tollgate, organization, clock, db } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      const url = `${receiver.url}/secret`
      const channel = await tollgate.channels.create({
        ...about,
        kind: 'slack',
        target: url,
        ...more,
      })
      const alert = (...alerts: Parameters<typeof fires>[3][]) =>
        fires(db, clock.now(), about.organizationId, ...alerts)
      const of = { ...about, channelId: channel.id }
      const state = () => tollgate.channels.get(of)
      return { tollgate, clock, db, about, channel, alert, of, state }
    }
    afterEach(async () => {
      await subject().db.query('delete from tollgate.endpoints')
    })

    it('of all alerts within a minute in one message, the most severe first', async () => {
      const { alert, tollgate, clock } = await made()
      await alert({ title: 'First', severity: 'info' })
      await deliver(tollgate)
      await clock.advance(30_000)
      await alert({ title: 'Second', severity: 'warning', firingId: 'g' })
      await deliver(tollgate)
      expect(received).toEqual([])
      await clock.advance(30_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      const shown = shownIn(received[0] as never)
      expect(shown.indexOf('Second')).toBeLessThan(shown.indexOf('First'))
      expect(slackOf(received[0] as never).text).toMatch(/^\[Warning\] .+: Second and 1 more$/)
    })

    it('of critical alerts at once, with the pending ones of the organization', async () => {
      const { alert, tollgate } = await made()
      await alert({ title: 'At 80 %' }, { title: 'At 100 %', severity: 'critical', firingId: 'g' })
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      expect(shownIn(received[0] as never)).toMatch(/At 100 %[\s\S]*At 80 %/)
    })

    it('of no alert below the minimum severity, nor of other kinds', async () => {
      const { alert, about, tollgate, clock } = await made({ minimumSeverity: 'critical' })
      await alert({ severity: 'warning' })
      await tollgate.members.add({ ...about, userId: 'ada', role: 'viewer' })
      await gathered({ tollgate, clock })
      expect(received).toEqual([])
      const [row] = await subject().db.query<{ state: string; reason: string }>(
        'select state, reason from tollgate.deliveries',
      )
      expect(row).toEqual({
        state: 'skipped',
        reason: 'it is less severe than the channel asks for',
      })
    })

    it('and lists messages with their attempts, which can be resent in a new message', async () => {
      const { alert, tollgate, of, about, clock } = await made({ minimumSeverity: 'warning' })
      receiver.answer = answers(404, {}, 'no_service')
      await alert({ title: 'First', severity: 'critical' }, { title: 'Small', severity: 'info' })
      await deliver(tollgate)
      const listed = async () => {
        const { items } = await tollgate.channelDeliveries.list(of)
        return items.map(({ state, attempts }) => [state, attempts]).sort()
      }
      // After a 404 the channel is disabled, and sends nothing until it is on again.
      expect(await listed()).toEqual([
        ['failed', 1],
        ['skipped', 0],
      ])
      const { items } = await tollgate.channelDeliveries.list({ ...of, state: 'failed' })
      const [failed] = items
      const one = { ...of, deliveryId: failed?.id ?? '' }
      await expect(tollgate.channelDeliveries.resend(one)).rejects.toMatchObject({
        code: 'unprocessable',
        faults: [{ field: 'channelId' }],
      })
      const before = await tollgate.channelDeliveries.get(one)
      expect(before).toMatchObject({
        payload: { type: 'alert.fired', data: { title: 'First' } },
        tries: [{ attempt: 1, status: 404, answer: 'no_service' }],
        messageId: expect.any(String),
      })
      await tollgate.channels.update({ ...of, state: 'on' })
      receiver.answer = answers(200, {}, 'ok')
      expect(await tollgate.channelDeliveries.resend(one)).toEqual({ resent: 1, more: false })
      // A Slack hook accepts one message a second.
      await clock.advance(1_000)
      await deliver(tollgate)
      expect(received).toHaveLength(2)
      const after = await tollgate.channelDeliveries.get(one)
      expect(after).toMatchObject({ state: 'done', attempts: 2, tries: [{}, { status: 200 }] })
      expect(after.messageId).not.toBe(before.messageId)
      // Resending a range still skips messages below the minimum severity.
      const at = Date.parse(before.createdAt)
      const range = { from: new Date(at - 1).toISOString(), to: new Date(at + 1).toISOString() }
      expect(await tollgate.channelDeliveries.resend({ ...of, ...range })).toMatchObject({
        resent: 1,
      })
      await clock.advance(1_000)
      await deliver(tollgate)
      expect(received).toHaveLength(2)
      expect(await listed()).toEqual([
        ['done', 2],
        ['skipped', 0],
      ])
      const { items: acts } = await tollgate.audit.list({ ...about, category: 'webhooks' })
      expect(acts.filter(({ action }) => action === 'deliveries.resent')).toMatchObject([
        { subject: `channel:${of.channelId}`, new: { resent: 1 } },
        { new: { resent: 1, deliveryId: one.deliveryId } },
      ])
      await expect(
        tollgate.deliveries.list({ ...about, endpointId: of.channelId }),
      ).rejects.toMatchObject({ code: 'not_found' })
    })

    it('of other events they subscribed to, such as a disabled endpoint', async () => {
      const { tollgate, about, clock } = await made({ kinds: ['webhook.disabled'] })
      receiver.answer = (response, { path }) =>
        void response.writeHead(path.endsWith('secret') ? 200 : 410).end()
      await tollgate.webhooks.create({ ...about, url: `${receiver.url}/gone`, kinds: ['member.*'] })
      await clock.advance(1)
      await tollgate.members.add({ ...about, userId: 'ada', role: 'viewer' })
      await deliver(tollgate)
      await gathered({ tollgate, clock })
      const message = received.find(({ path }) => path.endsWith('secret'))
      expect(shownIn(message as never)).toContain(
        'An endpoint was disabled, because it failed for too long',
      )
      expect(shownIn(message as never)).toContain('it answered 410 Gone')
    })

    it('only of critical alerts in quiet hours, and of the rest in one digest at their end', async () => {
      const { alert, tollgate, clock } = await made({
        zone: 'Europe/Berlin',
        quietHours: { from: '22:00', until: '07:00' },
      })
      const day = clock.now().toISOString().slice(0, 10)
      await clock.set(`${nextDay(day)}T22:30:00Z`)
      await alert({ title: 'Short', firingId: 'one' })
      await gathered({ tollgate, clock })
      await alert({ title: 'Long', firingId: 'two' })
      await alert({ kind: 'alert.recovered', title: 'Short is over', firingId: 'one' })
      await gathered({ tollgate, clock })
      expect(received).toEqual([])
      await alert({ title: 'Fire', severity: 'critical', firingId: 'three' })
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      expect(slackOf(received[0] as never).text).toContain('Fire')
      await clock.set(`${nextDay(nextDay(day))}T05:59:00Z`)
      await deliver(tollgate)
      await clock.set(`${nextDay(nextDay(day))}T06:00:00Z`)
      await deliver(tollgate)
      const [, digest, ...more] = received
      expect(more).toEqual([])
      expect(slackOf(digest as never).text).toBe('[Digest] 2 notices, 1 recovered meanwhile')
      expect(shownIn(digest as never)).toMatch(/Long[\s\S]*Short[\s\S]*Recovered meanwhile/)
    })

    it('once a day with a digest', async () => {
      const { alert, tollgate, clock } = await made({ digestAt: '08:00' })
      const day = nextDay(clock.now().toISOString().slice(0, 10))
      await clock.set(`${day}T09:00:00Z`)
      await alert({ title: 'Morning' })
      await gathered({ tollgate, clock }, 3_600_000)
      await alert({ title: 'Noon', firingId: 'g' })
      await gathered({ tollgate, clock }, 3_600_000)
      expect(received).toEqual([])
      await clock.set(`${nextDay(day)}T08:00:00Z`)
      await deliver(tollgate)
      expect(received.map((one) => slackOf(one).text)).toEqual(['[Digest] 2 notices'])
    })

    it('at most one message a second, and not before the time in Retry-After', async () => {
      const { alert, tollgate, clock, of } = await made()
      await tollgate.channels.test(of)
      await tollgate.channels.test(of)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      await clock.advance(999)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      receiver.answer = answers(429, { 'retry-after': '30' })
      await clock.advance(1)
      await deliver(tollgate)
      receiver.answer = answers(200)
      await alert({ severity: 'critical' })
      await clock.advance(29_999)
      await deliver(tollgate)
      expect(received).toHaveLength(2)
      await clock.advance(1)
      await deliver(tollgate)
      await clock.advance(1_000)
      await deliver(tollgate)
      expect(received).toHaveLength(4)
    })

    it('again later after a failure, with the same message', async () => {
      const { alert, tollgate, clock, state } = await made()
      receiver.answer = answers(500)
      await alert({ title: 'Again', severity: 'critical' })
      await deliver(tollgate)
      expect(await state()).toMatchObject({ state: 'on', failingSince: expect.any(String) })
      receiver.answer = answers(200)
      await clock.advance(10_000)
      await deliver(tollgate)
      expect(received.map(({ body }) => body)).toEqual([received[0]?.body, received[0]?.body])
      expect(await state()).toMatchObject({ failingSince: null, lastSuccessAt: expect.any(String) })
    })

    it('with the same message from another process if one loses it', async () => {
      const { alert, tollgate, clock, db } = await made()
      const another = await subject().another()
      receiver.answer = () => {}
      await alert({ title: 'Lost', severity: 'critical' })
      const hanging = deliver(tollgate)
      await eventually(() => expect(received).toHaveLength(1))
      receiver.answer = answers(200)
      await clock.advance(120_001)
      await deliver(another)
      await hanging
      expect(received.map(({ body }) => body)).toEqual([received[0]?.body, received[0]?.body])
      const rows = await db.query('select state, attempts from tollgate.deliveries')
      expect(rows).toEqual([{ state: 'done', attempts: 1 }])
      await another.close()
    })

    it.each([403, 404, 410])('no more after %i, with one event', async (status) => {
      const { alert, tollgate, clock, state, about } = await made()
      receiver.answer = answers(status, {}, 'no_service')
      await alert({ severity: 'critical' })
      await deliver(tollgate)
      expect(await state()).toMatchObject({ state: 'disabled', reason: `it answered ${status}` })
      await alert({ severity: 'critical', firingId: 'g' })
      await clock.advance(86_400_000)
      await deliver(tollgate)
      expect(received).toHaveLength(1)
      const { items } = await tollgate.domainEvents.list({ ...about, kind: 'channel.disabled' })
      expect(items).toHaveLength(1)
    })

    it('and reports three permanently refused messages, until a success', async () => {
      const { alert, tollgate, clock, state, about } = await made()
      receiver.answer = answers(400, {}, 'invalid_blocks')
      for (const firingId of ['1', '2', '3', '4']) {
        expect((await state()).state).toBe(firingId === '4' ? 'failing' : 'on')
        await alert({ severity: 'critical', firingId })
        await deliver(tollgate)
        await clock.advance(1_000)
      }
      expect(received).toHaveLength(4)
      const { items } = await tollgate.domainEvents.list({ ...about, kind: 'channel.failing' })
      expect(items).toHaveLength(1)
      receiver.answer = answers(200)
      await alert({ severity: 'critical', firingId: '5' })
      await deliver(tollgate)
      expect(await state()).toMatchObject({ state: 'on', reason: null })
    })

    it('through a secret hook: encrypted, never shown, also after the keys change', async () => {
      const { tollgate, channel, of, db, about } = await made()
      expect(channel.target).toBe(`http://127.0.0.1:${receiver.port}/…cret`)
      const [row] = await db.query<{ text: string }>(
        'select e::text as text from tollgate.endpoints e',
      )
      expect(row?.text).not.toContain('hooks/secret')
      await plumbingOf(tollgate).signing.rotate(0)
      await plumbingOf(tollgate).signing.rotate(0)
      await tollgate.channels.test(of)
      await deliver(tollgate)
      expect(received.map(({ path }) => path)).toEqual(['/hooks/secret'])
      expect(slackOf(received[0] as never).text).toContain('This is a test')
      const { items } = await tollgate.audit.list({ ...about, category: 'webhooks' })
      expect(JSON.stringify(items)).not.toContain('hooks/secret')
    })

    it('only at Slack, and refuses any other host', async () => {
      const { tollgate, about, of } = await made()
      for (const target of [
        ...['https://example.com/services/T/B/x', 'https://hooks.slack.com.example.com/services/x'],
        ...['https://hooks.slack.com:8443/services/x', 'https://u@hooks.slack.com/services/x'],
        ...[
          'https://hooks.slack.com/',
          'http://10.0.0.1/',
          'https://127.0.0.1/',
          'ops@example.com',
        ],
      ]) {
        const refused = { code: 'invalid_request', faults: [{ field: 'target' }] }
        const create = tollgate.channels.create({ ...about, kind: 'slack', target })
        await expect(create, target).rejects.toMatchObject(refused)
        await expect(tollgate.channels.update({ ...of, target })).rejects.toMatchObject(refused)
      }
      const good = 'https://hooks.slack.com/services/T0/B0/abcd1234'
      const channel = await tollgate.channels.create({ ...about, kind: 'slack', target: good })
      expect(channel.target).toBe('https://hooks.slack.com/…1234')
    })

    it('of their organization alone', async () => {
      const { of, about, tollgate } = await made()
      const stranger = { ...of, organizationId: await subject().organization('subscribed/pro') }
      for (const asking of [
        () => tollgate.channels.get(stranger),
        () => tollgate.channels.test(stranger),
        () => tollgate.channels.preview(stranger),
        () => tollgate.channels.remove(stranger),
        () => tollgate.platformChannels.get({ channelId: of.channelId }),
        () => tollgate.webhooks.get({ ...about, endpointId: of.channelId }),
      ]) {
        await expect(asking()).rejects.toMatchObject({ code: 'not_found' })
      }
    })

    it('of alerts with one cause in one message, across organizations', async () => {
      const { tollgate, organization, clock, db } = subject()
      const [one, other] = [
        await organization('subscribed/pro'),
        await organization('subscribed/pro'),
      ]
      await tollgate.platformChannels.create({
        kind: 'slack',
        target: receiver.url,
        kinds: ['alert.*'],
      })
      await fires(db, clock.now(), one, { title: 'One', cause: 'job:1' })
      await fires(db, clock.now(), other, { title: 'Other', cause: 'job:1', firingId: 'g' })
      await gathered({ tollgate, clock })
      expect(received).toHaveLength(1)
      const shown = shownIn(received[0] as never)
      expect([shown.includes(`${one}: One`), shown.includes(`${other}: Other`)]).toEqual([
        true,
        true,
      ])
    })

    it('and previews a message without sending it', async () => {
      const { alert, tollgate, of } = await made()
      await alert({ title: 'Shown', firingId: 'abc', value: '80412.5', maximum: '100000' })
      const shown = await tollgate.channels.preview({ ...of, firingId: 'abc' })
      expect(shown.subject).toMatch(/^\[Warning\] .+: Shown$/)
      expect(shown.text).toContain('80,412.5 of 100,000 credits')
      expect(shown.html).toContain('80,412.5 of 100,000 credits')
      expect(JSON.stringify(shown.slack.blocks)).toContain('https://tollgate.example.com/console')
      const unknown = tollgate.channels.preview({ ...of, firingId: 'nothing' })
      await expect(unknown).rejects.toMatchObject({ code: 'not_found' })
      const digest = await tollgate.channels.preview({ ...of, sample: 'digest' })
      expect(digest.subject).toBe('[Digest] 3 notices, 1 recovered meanwhile')
    })

    it('nothing while they are paused', async () => {
      const { alert, tollgate, clock, of } = await made()
      await alert({})
      await deliver(tollgate)
      await tollgate.channels.update({ ...of, state: 'paused' })
      await clock.advance(60_000)
      await alert({ firingId: 'g', severity: 'critical' })
      await deliver(tollgate)
      expect(received).toEqual([])
      await expect(tollgate.channels.test(of)).rejects.toMatchObject({ code: 'unprocessable' })
    })
  })
})

const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
