import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHandler } from '../../src/http/handler.ts'
import { openMailServer } from '../connectors/mail/mail-server.ts'
import { fires, gathered } from './channel-steps.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { deliver } from './webhook-steps.ts'

const server = await openMailServer()
const { came } = server
const options = {
  catalogs: [SUBSCRIPTIONS_CATALOG],
  publicUrl: 'https://tollgate.example.com',
  mail: { smtpUrl: server.url, from: 'Tollgate <alerts@tollgate.test>', timeoutMs: 2_000 },
}

describe('a changed e-mail channel', () => {
  beforeEach(() => {
    came.length = 0
    server.manner = 'takes'
  })
  afterAll(() => server.close())

  describeEngine('as its reader and its owner want it', options, (subject) => {
    const made = async (more: object = {}) => {
      const { tollgate, organization, clock, db } = subject()
      const about = { organizationId: await organization('subscribed/pro') }
      const address = { kind: 'email', target: 'ops@example.com' } as const
      const { id: channelId } = await tollgate.channels.create({ ...about, ...address, ...more })
      const of = { ...about, channelId }
      let firings = 0
      const alert = (severity: 'warning' | 'critical' = 'warning') => {
        firings += 1
        return fires(db, clock.now(), about.organizationId, { severity, firingId: `f${firings}` })
      }
      const handler = createHandler(tollgate as never)
      /** The reader presses the button of the page, which sends this. */
      const pressed = async (link: string, body: string) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const answer = await handler(new Request(link, { method: 'POST', body, headers }))
        expect(answer.status).toBe(200)
        return answer.text()
      }
      /** The link of the last mail. */
      const link = async () => {
        await alert('critical')
        await deliver(tollgate)
        return /href="([^"]*\/unsubscribe\/[^"]*)"/.exec(came.at(-1)?.mail.html || '')?.[1] ?? ''
      }
      const state = async () => {
        const { state, reason } = await tollgate.channels.get(of)
        return { state, reason }
      }
      return { tollgate, clock, db, about, of, alert, pressed, link, state }
    }
    afterEach(async () => {
      await subject().db.query('delete from tollgate.endpoints')
    })
    const ENDED = { state: 'disabled', reason: 'whoever reads the mail ended it' }

    it('mails nobody who ended its mails, whoever turns it on', async () => {
      const { tollgate, of, about, pressed, link, alert, state } = await made()
      await pressed(await link(), 'List-Unsubscribe=One-Click')
      expect(await state()).toEqual(ENDED)
      for (const change of [{ state: 'on' }, { state: 'paused' }, { state: 'on', name: 'x' }]) {
        const asked = tollgate.channels.update({ ...of, ...change } as never)
        await expect(asked).rejects.toMatchObject({
          code: 'unprocessable',
          faults: [
            {
              field: 'state',
              message: expect.stringMatching(
                /^whoever reads ops@example\.com ended.*only they can/,
              ),
            },
          ],
        })
      }
      expect(await tollgate.channels.update({ ...of, name: 'Ops' })).toMatchObject(ENDED)
      came.length = 0
      await alert('critical')
      await deliver(tollgate)
      expect(came).toEqual([])
      const { items } = await tollgate.audit.list({ ...about, action: 'channel.unsubscribed' })
      expect(items).toMatchObject([{ actor: 'reader', old: { state: 'on' } }])
    })

    it('goes on when its reader wants that, by the same link', async () => {
      const { tollgate, of, about, pressed, link, alert, state } = await made()
      const from = await link()
      await pressed(from, '')
      const page = await pressed(from, '')
      expect(page).toContain('name="mails" value="again"')
      for (let n = 0; n < 2; n += 1) {
        expect(await pressed(from, 'mails=again')).toContain('sent to ops@example.com again')
      }
      expect(await state()).toEqual({ state: 'on', reason: null })
      came.length = 0
      await alert('critical')
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      const { items } = await tollgate.audit.list({ ...about, action: 'channel.resubscribed' })
      expect(items).toMatchObject([{ actor: 'reader', new: { state: 'on' } }])
      expect(await tollgate.channels.update({ ...of, state: 'paused' })).toMatchObject({
        state: 'paused',
      })
    })

    it('goes on at another address, and not back at the one whose reader ended it', async () => {
      const { tollgate, of, pressed, link } = await made()
      await pressed(await link(), '')
      const moved = { ...of, target: 'new@example.com', state: 'on' } as const
      expect(await tollgate.channels.update(moved)).toMatchObject({ state: 'on', reason: null })
      for (const target of ['ops@example.com', 'OPS@Example.com']) {
        await expect(tollgate.channels.update({ ...of, target })).rejects.toMatchObject({
          faults: [{ field: 'target', message: expect.stringContaining('only they can resume') }],
        })
      }
    })

    it('shows the link of its reader to nobody else', async () => {
      const { tollgate, of, link } = await made()
      const token = (await link()).split('/').at(-1) ?? 'none'
      const { html, text } = await tollgate.channels.preview(of)
      expect(text).toContain('https://tollgate.example.com/unsubscribe/preview')
      expect(`${html}${text}`).not.toContain(token)
      expect(`${html}${text}`).not.toContain(of.channelId)
    })

    it('stays ended when it was paused or disabled as its reader ended it', async () => {
      for (const before of ['paused', 'disabled'] as const) {
        const { tollgate, db, of, pressed, link, state } = await made()
        const from = await link()
        if (before === 'paused') await tollgate.channels.update({ ...of, state: 'paused' })
        else await db.query(`update tollgate.endpoints set state = 'disabled', reason = 'a test'`)
        await pressed(from, '')
        expect(await state(), before).toEqual(ENDED)
        const asked = tollgate.channels.update({ ...of, state: 'on' })
        await expect(asked, before).rejects.toMatchObject({ faults: [{ field: 'state' }] })
        await pressed(from, 'mails=again')
        expect((await state()).state, before).toBe(before)
      }
    })

    it('sends what it held for the digest when there is no digest any more', async () => {
      const { tollgate, clock, of, alert } = await made({ digestAt: '08:00' })
      await alert()
      await gathered({ tollgate, clock })
      await alert()
      await gathered({ tollgate, clock })
      expect(came).toEqual([])
      await tollgate.channels.update({ ...of, digestAt: null })
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      expect(came[0]?.mail.subject).toBe('[Digest] 2 notices')
    })

    it('holds it until the new time of the digest', async () => {
      await subject().clock.set('2026-07-06T12:00:00Z')
      const { tollgate, clock, of, alert } = await made({
        digestAt: '08:00',
        zone: 'Europe/Berlin',
      })
      await alert()
      await gathered({ tollgate, clock })
      await tollgate.channels.update({ ...of, digestAt: '18:00' })
      await deliver(tollgate)
      expect(came).toEqual([])
      await clock.set('2026-07-06T15:59:59Z')
      await deliver(tollgate)
      expect(came).toEqual([])
      await clock.set('2026-07-06T16:00:00Z')
      await deliver(tollgate)
      expect(came).toHaveLength(1)
    })

    it('sends what it held, or puts off no longer, when quiet hours end early', async () => {
      await subject().clock.set('2026-07-07T19:58:30Z')
      const { tollgate, clock, of, alert } = await made({
        quietHours: { from: '20:00', until: '07:00' },
      })
      server.manner = 'drops'
      await alert()
      await gathered({ tollgate, clock })
      expect(came).toHaveLength(1)
      server.manner = 'takes'
      await clock.set('2026-07-07T22:00:00Z')
      await alert()
      await gathered({ tollgate, clock })
      expect(came).toHaveLength(1)
      await tollgate.channels.update({ ...of, quietHours: { from: '20:00', until: '23:00' } })
      await deliver(tollgate)
      expect(came).toHaveLength(1)
      await tollgate.channels.update({ ...of, quietHours: null })
      await deliver(tollgate)
      expect(came.map(({ mail }) => mail.messageId)).toHaveLength(3)
      expect(came[1]?.mail.messageId).toBe(came[0]?.mail.messageId)
    })
  })
})
