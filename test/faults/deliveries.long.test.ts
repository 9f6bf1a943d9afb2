import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import { bodyOf, deliveriesOf, idsOf, toThisMachine } from '../behaviour/webhook-steps.ts'
import { answers, openReceiver, type Receiver } from '../connectors/outbound/receiver.ts'
import { childProcesses } from '../setup/child-process.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const TELLER = new URL('./teller.mjs', import.meta.url)
const MOST_SENT = 5
const ABOUT = { organizationId: 'told' }
const WAITING = { timeout: 60_000, interval: 100 }

describeOnPostgres('deliveries from killed processes', (open, url) => {
  const start = childProcesses()
  let tollgate: TollgateEngine
  let receiver: Receiver
  let endpointId = ''

  beforeAll(async () => {
    receiver = await openReceiver()
    const webhooks = { ...toThisMachine(receiver.port), deliver: false }
    tollgate = await createTollgate({ database: await open(), webhooks })
    await tollgate.organizations.create({ id: 'told', name: 'Told', plan: 'rag-chatbot/trial' })
    const made = await tollgate.webhooks.create({
      ...ABOUT,
      url: receiver.url,
      kinds: ['member.*'],
    })
    endpointId = made.id
  })
  afterAll(async () => {
    await tollgate.close()
    await receiver.close()
  })

  it('are sent for every confirmed act, each under one id', { timeout: 120_000 }, async () => {
    const actor = start(TELLER, 'act', url())
    expect(await actor.next()).toBe('ready')
    const done: string[] = []
    while (done.length < 20) done.push(await actor.next())
    actor.process.kill('SIGKILL')
    await actor.ended
    // The first sender is killed while its answers are in transit.
    const port = String(receiver.port)
    const sender = start(TELLER, 'send', url(), port)
    receiver.answer = (response, request, asked) => {
      if (receiver.received.length >= MOST_SENT) sender.process.kill('SIGKILL')
      else answers(204)(response, request, asked)
    }
    await sender.ended
    const sentByFirst = new Set(idsOf(receiver.received))
    receiver.answer = answers(204)
    // Its leased deliveries are free when the lease ends; the rest are free at once.
    const db = await open()
    await db.query("update tollgate.endpoints set leased_until = now() - interval '1 s'")
    start(TELLER, 'send', url(), port)
    await vi.waitFor(async () => {
      const deliveries = await deliveriesOf(tollgate, { ...ABOUT, endpointId })
      expect(deliveries.length).toBeGreaterThanOrEqual(done.length)
      expect(deliveries.every(({ state }) => state === 'done')).toBe(true)
    }, WAITING)
    const subjects = new Map(
      receiver.received.map((one) => [one.headers['webhook-id'], bodyOf(one).subject]),
    )
    expect([...subjects.values()]).toEqual(expect.arrayContaining(done))
    expect(new Set(subjects.values()).size).toBe(subjects.size)
    const again = idsOf(receiver.received).filter((id, at, all) => all.indexOf(id) !== at)
    // Only deliveries whose answer nobody had stored were repeated.
    expect(again.every((id) => sentByFirst.has(id))).toBe(true)
  })
})
