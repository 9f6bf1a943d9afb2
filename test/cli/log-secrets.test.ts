import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { redactor } from '../../src/cli/redact.ts'
import { serverLog } from '../../src/cli/server-log.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { runningServers, SLOW } from './run-command.ts'

const newFolder = temporaryFolders()
const startServer = runningServers()

/** Secrets, each with its context. All of them contain the word `hidden`. */
const SECRETS = {
  'an API key': 'the key tg_abcdhidden0123456789ABCDEFGHIJKL did not fit',
  'a service key': 'tgsvc_abcdhidden0123456789ABCDEFGHIJKL',
  'an admin key that was made': 'tga_abcdhidden0123456789ABCDEFGHIJKL',
  'a read token': 'tgr_abcdhidden01.eyJzdWIiOiJoaWRkZW4ifQ.hidden',
  "a user's token": 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJoaWRkZW4ifQ.hidden-signature',
  'a header': 'authorization: Bearer hidden-of-any-form',
  'a password': 'postgres://tollgate:hidden@db.internal:5432/tollgate',
  'a webhook': 'POST https://hooks.slack.com/services/T00/B00/hidden failed',
  'an endpoint': 'https://acme.test/hooks/hidden?token=hidden',
  'a secret of an endpoint': 'whsec_hiddenhiddenhiddenhiddenhidden',
  'a key of Stripe': 'Invalid API Key provided: sk_live_hidden0123456789',
  'a field': '{"password":"hidden-hidden"}',
  'what is set here': 'cron was given hidden-cron-secret-!x',
}
const ENV = { CRON_SECRET: 'hidden-cron-secret-!x', DATABASE_URL: 'postgres://a:hidden%40pw@b/c' }

describe("the server's log", () => {
  const written = () => {
    const lines: string[] = []
    const context = { stderr: { write: (line: string) => lines.push(line) }, env: ENV }
    return { lines, log: serverLog(context as never) }
  }

  it.each(Object.entries(SECRETS))('contains no secret: %s', (_name, text) => {
    const { lines, log } = written()
    const cause = new Error(text)
    log.error({ error: new Error(text, { cause }), about: text }, text)
    log.warn({ err: cause, deep: { within: [text] } }, 'something')
    expect(lines.filter((line) => line.includes('hidden'))).toEqual([])
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('states the error, but not the affected row', () => {
    const { lines, log } = written()
    const error = new DatabaseError({
      message: 'duplicate key',
      code: '23505',
      constraint: 'one id',
      detail: 'Key (id)=(hidden) already exists.',
    })
    log.error({ error, requestId: 'r-1' }, 'it was refused')
    const [line] = lines.map((text) => JSON.parse(text))
    expect(line).toMatchObject({
      level: 'error',
      requestId: 'r-1',
      msg: 'it was refused',
      error: { type: 'DatabaseError', code: '23505', constraint: 'one id' },
    })
    expect(lines.join('')).not.toContain('hidden')
  })

  it('leaves ordinary text unchanged', () => {
    const text = 'GET /api/usage of tg_abc in file:///srv/dist/http/handler.js:12 took 3 ms'
    expect(redactor({ TOLLGATE_LOG_LEVEL: 'info' })(text)).toBe(text)
  })
})

describe('tollgate start', SLOW, () => {
  it('logs no secret from requests or settings', async () => {
    const env = {
      TOLLGATE_ADMIN_KEY: 'hidden-admin-key-of-the-server',
      TOLLGATE_LOG_LEVEL: 'trace',
      CRON_SECRET: 'hidden-cron-secret-of-it',
      STRIPE_SECRET_KEY: 'sk_test_hidden0123456789',
      STRIPE_WEBHOOK_SECRET: 'whsec_hidden0123456789',
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    }
    const server = await startServer(['--data', join(newFolder(), 'data')], env)
    const ask = async (path: string, authorization: string, body?: object) => {
      const response = await fetch(`${server.url}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization, 'content-type': 'application/json', cookie: 'a=hidden-cookie' },
        ...(body && { body: JSON.stringify(body) }),
      })
      return { status: response.status, text: await response.text() }
    }
    const admin = `Bearer ${env.TOLLGATE_ADMIN_KEY}`
    const acme = { id: 'acme', name: 'hidden', plan: 'rag-chatbot/trial' }
    expect((await ask('/api/organizations', admin, acme)).status).toBe(201)
    const made = await ask('/api/organizations/acme/api-keys', admin, { name: 'hidden' })
    const { key } = JSON.parse(made.text) as { key: string }
    const call = { eventType: 'api_call', properties: { note: 'hidden' } }
    expect((await ask('/api/usage/track', `Bearer ${key}`, call)).status).toBe(200)
    await ask('/api/usage/track?token=hidden', 'Bearer tg_hiddenhiddenhiddenhiddenhiddenhi', call)
    await ask('/hidden/path?password=hidden', admin)
    await ask('/api/usage/track', `Bearer ${key}`, { eventType: 'no-such-type' })
    await ask('/api/organizations/acme/webhooks', admin, { url: 'https://acme.test/hidden' })
    await ask('/api/billing/stripe/webhook', 'Basic hidden', { id: 'evt_hidden' })
    await ask('/api/organizations/acme/stripe/reconcile', admin, {})
    expect(await server.stop()).toBe(0)
    const { stderr } = server.output()
    expect(stderr).toContain('no-such-type')
    expect(stderr).not.toContain('hidden')
    expect(stderr).not.toContain(key)
  })
})
