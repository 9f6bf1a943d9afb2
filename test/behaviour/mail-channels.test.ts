import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandler } from '../../src/http/handler.ts'
import type { ChannelMessage, MailText } from '../../src/index.ts'
import { openMailServer } from '../connectors/mail/mail-server.ts'
import { fires, gathered } from './channel-steps.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { deliver } from './webhook-steps.ts'

const server = await openMailServer()
const { came } = server
const mail = { smtpUrl: server.url, from: 'Tollgate <alerts@tollgate.test>', timeoutMs: 2_000 }
const options = {
  catalogs: [SUBSCRIPTIONS_CATALOG],
  publicUrl: 'https://tollgate.example.com/api/tollgate',
  mail,
}

describe('an e-mail channel', () => {
  beforeEach(() => {
    came.length = 0
    server.manner = 'takes'
  })
  afterAll(() => server.close())

  describeEngine('notifies people', options, (subject) => {
    const made = async (more: object = {}) => {
      const { tollgate, organization, clock, db } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      const channel = await tollgate.channels.create({
        ...about,
        kind: 'email',
        target: 'ops@example.com',
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

    it('in plain text and HTML, to one address, with headers against auto-replies', async () => {
      const { tollgate, clock, alert, of } = await made({ zone: 'Europe/Berlin' })
      await alert({ title: '80 % is <used> & "more"', value: '80412.5', maximum: '100000' })
      await gathered({ tollgate, clock })
      expect(came).toHaveLength(1)
      const [{ from, to, raw, mail: parsed }] = came as [(typeof came)[number]]
      expect({ from, to }).toEqual({ from: 'alerts@tollgate.test', to: ['ops@example.com'] })
      expect(parsed.subject).toMatch(/^\[Warning\] .+: 80 % is <used> & "more"$/)
      expect(parsed.text).toContain('80,412.5 of 100,000 credits')
      expect(parsed.html).toContain('80 % is &lt;used&gt; &amp; &quot;more&quot;')
      expect(parsed.html).not.toMatch(/<(img|script|link)\b/)
      expect(parsed.from?.text).toBe('"Tollgate" <alerts@tollgate.test>')
      expect(parsed.messageId).toMatch(/^<[0-9a-f-]{36}@tollgate\.test>$/)
      expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m)
      expect(raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
      expect(linkOf(parsed.html)).toMatch(
        `https://tollgate.example.com/api/tollgate/unsubscribe/${of.channelId}.`,
      )
    })

    it('again after a lost connection, with the same Message-ID', async () => {
      const { tollgate, clock, alert, state } = await made()
      server.manner = 'drops'
      await alert({ severity: 'critical' })
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      expect(await state()).toMatchObject({ state: 'on', failingSince: expect.any(String) })
      server.manner = 'takes'
      await clock.advance(10_000)
      await deliver(tollgate)
      expect(came).toHaveLength(2)
      expect(came[1]?.mail.messageId).toBe(came[0]?.mail.messageId)
      expect(came[1]?.mail.text).toBe(came[0]?.mail.text)
      expect(await state()).toMatchObject({ failingSince: null })
    })

    it('again after a temporary refusal, and not after a permanent one', async () => {
      const { tollgate, clock, alert, db } = await made()
      server.manner = { recipient: 451 }
      await alert({ severity: 'critical' })
      await deliver(tollgate)
      server.manner = 'takes'
      await clock.advance(10_000)
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      server.manner = { recipient: 550 }
      await alert({ severity: 'critical', firingId: 'g' })
      await deliver(tollgate)
      await clock.advance(86_400_000)
      await deliver(tollgate)
      expect(
        await db.query(
          `select d.state, d.attempts, d.reason, t.status from tollgate.deliveries d
           join tollgate.delivery_tries t on t.delivery_id = d.id and t.attempt = d.attempts
           order by d.created_at`,
        ),
      ).toEqual([
        { state: 'done', attempts: 2, reason: null, status: 250 },
        { state: 'failed', attempts: 1, reason: 'it answered 550', status: 550 },
      ])
    })

    it('and reports a failing address after three permanent refusals, once', async () => {
      const { tollgate, clock, alert, state, about } = await made()
      for (const [firingId, manner] of Object.entries({
        1: { recipient: 550 },
        2: { text: 554 },
        3: { recipient: 550 },
      })) {
        expect((await state()).state).toBe('on')
        server.manner = manner
        await alert({ severity: 'critical', firingId })
        await deliver(tollgate)
        await clock.advance(1_000)
      }
      expect(await state()).toMatchObject({ state: 'failing', reason: 'it answered 550' })
      const { items } = await tollgate.domainEvents.list({ ...about, kind: 'channel.failing' })
      expect(items).toMatchObject([{ data: { target: 'ops@example.com' } }])
    })

    it('at one plain address, and refuses any that could name another', async () => {
      const { tollgate, about, of } = await made()
      for (const target of [
        ...[
          'b@y.test>, <e@z.test',
          'b@y.test\r\nBcc: e@z.test',
          'a@x.test,b@y.test',
          '"a b"@x.test',
        ],
        ...[
          'a@b@x.test',
          'Ops <a@x.test>',
          'a@x.test (ops)',
          'a@[127.0.0.1]',
          '@x.test',
          'a@',
          'a',
        ],
        ...[
          'a@x..test',
          'a@-x.test',
          '.a@x.test',
          'ä@x.test',
          'a@x.test ',
          `${'a'.repeat(65)}@x.test`,
        ],
        `a@${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}.${'v'.repeat(20)}.test`,
      ]) {
        const refused = { code: 'invalid_request', faults: [{ field: 'target' }] }
        const create = tollgate.channels.create({ ...about, kind: 'email', target })
        await expect(create, target).rejects.toMatchObject(refused)
        await expect(tollgate.channels.update({ ...of, target })).rejects.toMatchObject(refused)
      }
    })

    it('until they unsubscribe, with one click and no login', async () => {
      const { tollgate, alert, state, about } = await made()
      const basePath = '/api/tollgate'
      const handler = createHandler(tollgate as never, { basePath })
      await alert({ severity: 'critical' })
      await deliver(tollgate)
      const link = linkOf(came[0]?.mail.html)
      const looked = await handler(new Request(link))
      expect(looked.status).toBe(200)
      expect(looked.headers.get('content-security-policy')).toContain("form-action 'self'")
      expect(await looked.text()).toContain('<form method="post">')
      await handler(new Request(link, { method: 'HEAD' }))
      expect((await state()).state).toBe('on')
      const pressed = () =>
        handler(
          new Request(link, {
            method: 'POST',
            body: 'List-Unsubscribe=One-Click',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          }),
        )
      for (const answer of [await pressed(), await pressed()]) {
        expect(answer.status).toBe(200)
        expect(await answer.text()).toContain('Nothing more is sent to ops@example.com')
      }
      expect(await state()).toMatchObject({
        state: 'disabled',
        reason: 'whoever reads the mail ended it',
      })
      const { items } = await tollgate.domainEvents.list({ ...about, kind: 'channel.disabled' })
      expect(items).toHaveLength(1)
      for (const wrong of [
        link.slice(0, -1),
        `${link}x`,
        link.replace(/\.[^.]*$/, ''),
        `${link}.x`,
      ]) {
        const answer = await handler(new Request(wrong, { method: 'POST' }))
        expect(answer.status, wrong).toBe(404)
      }
    })

    it('and an old unsubscribe link applies only to its own address', async () => {
      const { tollgate, alert, of, state } = await made()
      const handler = createHandler(tollgate as never, { basePath: '/api/tollgate' })
      await alert({ severity: 'critical' })
      await deliver(tollgate)
      await tollgate.channels.update({ ...of, target: 'new@example.com' })
      for (const method of ['GET', 'POST']) {
        const answer = await handler(new Request(linkOf(came[0]?.mail.html), { method }))
        expect(answer.status, method).toBe(404)
        expect(await answer.text(), method).not.toContain('new@example.com')
      }
      expect((await state()).state).toBe('on')
    })

    it('with the same text at each attempt, even a night later', async () => {
      const { tollgate, clock, alert } = await made({
        quietHours: { from: '20:00', until: '07:00' },
      })
      await clock.set('2026-07-08T19:58:30Z')
      server.manner = 'drops'
      await alert({ title: 'One', firingId: 'f' }, { title: 'Other', firingId: 'g' })
      await gathered({ tollgate, clock })
      server.manner = 'takes'
      await clock.set('2026-07-08T20:30:00Z')
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      await clock.set('2026-07-09T07:00:00Z')
      await deliver(tollgate)
      const [first, again] = came.map(({ mail: { messageId, subject } }) => [messageId, subject])
      expect(again).toEqual(first)
    })
  })

  const templated = {
    ...options,
    mail: { ...mail, template: (one: ChannelMessage) => written(one) },
  }
  let written: Template = () => Promise.reject(new Error('none is set'))

  describeEngine('is written', templated, (subject) => {
    it('by the host’s template, or by the built-in one if that fails', async () => {
      const { tollgate, organization, clock, db } = subject()
      const organizationId = await organization('subscribed/pro')
      const target = 'ops@example.com'
      const { id } = await tollgate.channels.create({ organizationId, kind: 'email', target })
      const alert = (title: string, firingId: string) =>
        fires(db, clock.now(), organizationId, { title, firingId, severity: 'critical' })
      written = async ({ title, items }) => ({
        subject: `Ours:\r\nBcc: e@z.test ${items.length}`,
        text: title,
        html: '<p>Ours</p>',
      })
      await alert('First', 'f')
      await deliver(tollgate)
      expect(came[0]?.to).toEqual([target])
      expect(came[0]?.mail.subject).toBe('Ours: Bcc: e@z.test 1')
      expect(came[0]?.mail.bcc).toBeUndefined()
      const preview = await tollgate.channels.preview({ organizationId, channelId: id })
      expect(preview.html).toBe('<p>Ours</p>')
      written = () => Promise.reject(new Error('the template is broken'))
      await alert('Told all the same', 'g')
      await deliver(tollgate)
      expect(came[1]?.mail.text).toContain('Told all the same')
    })
  })
})

type Template = (message: ChannelMessage) => Promise<MailText>

const linkOf = (html: string | false | undefined): string =>
  /href="([^"]*\/unsubscribe\/[^"]*)"/.exec(html || '')?.[1] ?? 'no link'
