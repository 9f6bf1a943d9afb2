import { createHmac } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { defineWorkflow } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import { testClock } from '../../src/testing/index.ts'
import { deliver, toThisMachine } from '../behaviour/webhook-steps.ts'
import { answers, openReceiver, type Receiver } from '../connectors/outbound/receiver.ts'
import { ADMIN_KEY, sender } from '../http/door.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { eventually } from '../setup/eventually.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

/** A mark in all of the run's customer texts. */
export const OF_CUSTOMER = /acme|ada|secret-word|127\.0\.0\.1/

export const SECRET = 'whsec_secret-word'

/** Stripe's event about a customer, signed as Stripe signs. */
export const noticeOf = (id: string, at: Date) => {
  const seconds = Math.floor(at.getTime() / 1_000)
  const about = { type: 'customer.updated', created: seconds, data: { object: { id } } }
  const body = JSON.stringify({ object: 'event', id: 'evt_acme', ...about })
  const v1 = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex')
  return { body, signature: `t=${seconds},v1=${v1}` }
}

const holding = defineWorkflow({
  name: 'holding',
  version: '1',
  steps: [{ name: 'hold', do: ({ wait }) => wait({ on: ['organization.closed'] }) }],
})

/** A run with some of every event, and its `/metrics` afterwards. */
export const demoRun = (): (() => string) => {
  const newFolder = temporaryFolders()
  let text: string | undefined
  let tollgate: TollgateEngine | undefined
  let receiver: Receiver | undefined
  let lent: LentDatabase | undefined
  beforeAll(async () => {
    receiver = await openReceiver()
    lent = await lentDatabase()
    const clock = testClock('2026-03-10T12:00:00Z')
    tollgate = await createTollgate({
      database: lent.database,
      clock,
      webhooks: toThisMachine(receiver.port),
      journal: { dir: newFolder() },
      workflows: [holding],
      // Nothing listens there.
      stripe: {
        secretKey: 'sk_test_secret-word',
        webhookSecret: SECRET,
        apiBase: 'http://127.0.0.1:9',
      },
    })
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    const about = { organizationId: 'acme' }
    await tollgate.organizations.create({
      id: 'acme',
      name: 'secret-word',
      plan: 'rag-chatbot/trial',
    })
    await tollgate.webhooks.create({ ...about, url: receiver.url, kinds: ['member.*'] })
    await tollgate.members.add({ ...about, userId: 'ada', role: 'viewer' })
    await deliver(tollgate)
    receiver.answer = answers(500)
    await tollgate.members.add({ ...about, userId: 'ada-2', role: 'viewer' })
    await deliver(tollgate)
    const call = { ...about, eventType: 'api_call' }
    await send('POST', '/api/usage/track', { body: call })
    await send('POST', '/api/usage/track', {
      body: { ...call, eventType: 'chat_message', quantities: { tokens: 1e9 } },
    })
    const hold = await tollgate.reserve(call)
    if (hold.allowed) await hold.settle()
    await tollgate.limits.override({
      ...about,
      ...({ meter: 'api_calls', window: 'day', max: 1, behavior: 'soft' } as const),
      reason: 'secret-word',
    })
    await tollgate.record(call)
    await tollgate.workflows.start({ workflow: 'holding', ...about })
    await tollgate.admin.runWorkflows()
    await deliver(tollgate)
    await send('GET', '/nowhere/secret-word')
    await tollgate.stripe.receive(noticeOf('cus_acme', clock.now())).catch(() => {})
    plumbingOf(tollgate).errors.report(new Error('secret-word'), 'a test', 'error', {})
    await clock.advance(12_000)
    // Periodic work is counted when it ends.
    await eventually(async () => {
      text = (await send('GET', '/metrics')).body as string
      if (!text.includes('job_name="expire-holds",outcome="done"')) throw new Error('not yet')
    })
  }, 60_000)
  afterAll(async () => {
    await tollgate?.close()
    await receiver?.close()
    await lent?.giveBack()
  })
  return () => {
    if (text === undefined) throw new Error('the run is over from beforeAll on')
    return text
  }
}
