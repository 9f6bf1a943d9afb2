import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Queryable } from '../../src/storage/database.ts'
import { openMailServer } from '../connectors/mail/mail-server.ts'
import { openReceiver } from '../connectors/outbound/receiver.ts'
import { fires } from './channel-steps.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'
import { deliver, toThisMachine } from './webhook-steps.ts'

const server = await openMailServer()
const receiver = await openReceiver()
const { came } = server
const options = {
  catalogs: [SUBSCRIPTIONS_CATALOG],
  mail: { smtpUrl: server.url, from: 'Tollgate <alerts@tollgate.test>', timeoutMs: 2_000 },
  webhooks: toThisMachine(receiver.port),
}
const MINUTE_MS = 60_000

describe('what is sent', () => {
  beforeEach(() => {
    came.length = 0
  })
  afterAll(async () => {
    await server.close()
    await receiver.close()
  })

  describeEngine('to people, by hand or not', options, (subject) => {
    const made = async (organizationId: string) => {
      const { tollgate } = subject()
      const address = { kind: 'email', target: 'ops@example.com' } as const
      const { id: channelId } = await tollgate.channels.create({ organizationId, ...address })
      return { organizationId, channelId }
    }
    const refused = (retryAfterSeconds: number) => ({
      code: 'too_many_requests',
      status: 429,
      retryAfterSeconds,
      message: expect.stringContaining(`wait ${retryAfterSeconds} s`),
    })
    afterEach(async () => {
      await subject().db.query('delete from tollgate.endpoints')
    })

    it('is refused to a channel past its share, with the wait, and allowed after it', async () => {
      const { tollgate, organization, clock, db } = subject()
      const of = await made(await organization('subscribed/pro'))
      for (let n = 0; n < 5; n += 1) {
        await tollgate.channels.test(of)
        await deliver(tollgate)
        await clock.advance(MINUTE_MS)
      }
      await expect(tollgate.channels.test(of)).rejects.toMatchObject(refused(300))
      expect(came).toHaveLength(5)
      await fires(db, clock.now(), of.organizationId, { severity: 'critical' })
      await deliver(tollgate)
      const { items } = await tollgate.channelDeliveries.list(of)
      const again = { ...of, deliveryId: items[0]?.id ?? '' }
      await expect(tollgate.channelDeliveries.resend(again)).rejects.toMatchObject(refused(300))
      await deliver(tollgate)
      expect(came).toHaveLength(6)
      const other = await made(await organization('subscribed/pro'))
      await tollgate.channels.test(other)
      await clock.advance(5 * MINUTE_MS - 1)
      await expect(tollgate.channels.test(of)).rejects.toMatchObject(refused(1))
      await clock.advance(1)
      expect(await tollgate.channelDeliveries.resend(again)).toMatchObject({ resent: 1 })
      await expect(tollgate.channels.test(of)).rejects.toMatchObject(refused(60))
    })

    it('is refused past the share of an organization, also over channels made anew', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('subscribed/pro')
      for (let n = 0; n < 4; n += 1) {
        const of = await made(organizationId)
        for (let m = 0; m < 5; m += 1) await tollgate.channels.test(of)
        await tollgate.channels.remove(of)
      }
      const of = await made(organizationId)
      await expect(tollgate.channels.test(of)).rejects.toMatchObject(refused(3_600))
      await clock.advance(60 * MINUTE_MS)
      expect(await tollgate.channels.test(of)).toMatchObject({ state: 'waiting' })
    })

    it('is refused to an endpoint past its share, but not what it missed', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('subscribed/pro')
      const { id: endpointId } = await tollgate.webhooks.create({
        organizationId,
        url: receiver.url,
      })
      const of = { organizationId, endpointId }
      for (let n = 0; n < 5; n += 1) await tollgate.webhooks.test(of)
      await expect(tollgate.webhooks.test(of)).rejects.toMatchObject(refused(600))
      await deliver(tollgate)
      const { items } = await tollgate.deliveries.list(of)
      const again = { ...of, deliveryId: items[0]?.id ?? '' }
      for (let n = 0; n < 8; n += 1) {
        expect(await tollgate.deliveries.resend(again)).toMatchObject({ resent: 1 })
        await deliver(tollgate)
      }
    })

    it('is one message if many organizations have an alert at once', async () => {
      const { tollgate, organization, clock, db } = subject()
      await tollgate.platformChannels.create({ kind: 'email', target: 'ops@example.com' })
      const ids: string[] = []
      for (let n = 0; n < 11; n += 1) ids.push(await organization('subscribed/pro'))
      await db.transaction(async (tx) => {
        const inside = { ...db, transaction: (work: (tx: Queryable) => unknown) => work(tx) }
        for (const id of ids) {
          await fires(inside as never, clock.now(), id, { severity: 'critical', firingId: id })
        }
      })
      await deliver(tollgate)
      expect(came.map(({ mail }) => mail.subject)).toEqual([
        expect.stringMatching(/: Something and 10 more$/),
      ])
    })

    it('is one message a minute after ten within ten minutes', async () => {
      const { tollgate, organization, clock, db } = subject()
      const organizationId = await organization('subscribed/pro')
      await tollgate.channels.create({ organizationId, kind: 'email', target: 'ops@example.com' })
      const alert = async (firingId: string) => {
        await fires(db, clock.now(), organizationId, { severity: 'critical', firingId })
        await deliver(tollgate)
      }
      for (let n = 0; n < 14; n += 1) await alert(`${n}`)
      expect(came).toHaveLength(10)
      await clock.advance(MINUTE_MS)
      await deliver(tollgate)
      expect(came).toHaveLength(11)
      expect(came.at(-1)?.mail.subject).toMatch(/: Something and 3 more$/)
      await clock.advance(10 * MINUTE_MS)
      await alert('calm')
      await alert('again')
      expect(came).toHaveLength(13)
    })

    it('goes on after the clock was turned back', async () => {
      const { tollgate, organization, clock } = subject()
      const of = await made(await organization('subscribed/pro'))
      for (let n = 0; n < 5; n += 1) await tollgate.channels.test(of)
      await clock.set(new Date(clock.now().getTime() - 30 * 86_400_000))
      expect(await tollgate.channels.test(of)).toMatchObject({ state: 'waiting' })
    })
  })
})
