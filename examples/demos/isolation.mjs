// Shows the isolation of two organizations: by keys, roles and ids, over HTTP, in the process, and
// in the database. The engine supplies every figure. The process exits with 1 if a proof fails.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createTollgate } from 'tollgate'
import { createHandler } from 'tollgate/server'
import { openProofs } from './proofs.mjs'

const { chapter, end, note, prove } = openProofs()
const folder = await mkdtemp(join(tmpdir(), 'tollgate-isolation-'))
const tollgate = await createTollgate({ database: { folder } })
const handler = createHandler(tollgate)
const keys = {}
for (const [id, name] of [
  ['acme', 'Acme'],
  ['globex', 'Globex'],
]) {
  await tollgate.organizations.create({ id, name, plan: 'rag-chatbot/trial' })
  keys[id] = (await tollgate.apiKeys.create({ organizationId: id, name: 'app' })).key
}
/** Sends an HTTP request with the API key of one organization. */
const send = async (as, path, body) => {
  const response = await handler(
    new Request(`http://tollgate.test${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${keys[as]}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
  )
  const { instance, requestId, ...rest } = await response.json()
  return { status: response.status, ...rest }
}
const usedBy = async (organizationId) => {
  const { limits } = await tollgate.usage.current({ organizationId })
  return limits.find(({ limit }) => limit === 'tokens/day').used
}
const codeOf = (asking) =>
  asking.then(
    () => 'answered',
    ({ code }) => code,
  )

chapter('Two organizations count separately, even under the same event ids')
const chat = { id: 'message-1', eventType: 'chat_message', userId: 'u1' }
await send('acme', '/api/usage/track', { ...chat, inputTokens: 9_000 })
await send('globex', '/api/usage/track', { ...chat, inputTokens: 100 })
prove('tokens of Acme', await usedBy('acme'), 9_000)
prove('tokens of Globex, from an event with the same id', await usedBy('globex'), 100)
const more = { eventType: 'chat_message', inputTokens: 5_000 }
prove(
  'Acme is refused past its daily limit',
  (await send('acme', '/api/usage/track', more)).reason,
  'limit_exceeded',
)
prove('Globex is still allowed', (await send('globex', '/api/usage/track', more)).allowed, true)

chapter('A key opens its own organization; other organizations do not exist for it')
const dashboardOf = (id) => `/api/organizations/${id}/usage/dashboard`
prove('its own dashboard', (await send('acme', dashboardOf('acme'))).status, 200)
const other = await send('acme', dashboardOf('globex'))
const nobody = await send('acme', dashboardOf('nobody'))
prove("another organization's dashboard", other.status, 404)
prove('a nonexistent organization gets exactly the same answer', other, nobody)
const named = await send('acme', '/api/usage/track', { ...more, organizationId: 'globex' })
prove('recording usage for the other organization', named.status, 404)
prove('tokens of Globex afterwards', await usedBy('globex'), 5_100)

chapter('Guessed ids reveal nothing')
const ids = { organizationId: 'globex', eventType: 'chat_message', inputTokens: 10 }
const hold = await tollgate.reserve(ids)
const acme = tollgate.as({ organizationId: 'acme', role: 'owner', actor: 'user:ada' })
const { reservationId, decisionId } = hold
prove("settling the other's hold", await codeOf(acme.settle({ reservationId })), 'not_found')
prove("explaining the other's decision", await codeOf(acme.explain({ decisionId })), 'not_found')
const path = `/api/usage/reservations/${reservationId}/release`
prove("releasing the other's hold over HTTP", (await send('acme', path, {})).status, 404)
await hold.release()

chapter('A role has its rights, only in its own organization')
const viewer = tollgate.as({ organizationId: 'acme', role: 'viewer', actor: 'user:vic' })
prove('a viewer reads the usage of', (await viewer.usage.current()).organizationId, 'acme')
const looser = { meter: 'tokens', window: 'day', max: 1, behavior: 'hard', reason: 'demo' }
prove('a viewer changing a limit', await codeOf(viewer.limits.override(looser)), 'forbidden')
prove(
  'a viewer creating an API key',
  await codeOf(viewer.apiKeys.create({ name: 'mine' })),
  'forbidden',
)
prove(
  "an owner reading the other's usage",
  await codeOf(acme.usage.current({ organizationId: 'globex' })),
  'not_found',
)

chapter('The database shows one organization to its tenant role')
await tollgate.close()
note('The engine is closed. SQL now queries the same database as the tenant role:')
const database = new PGlite(join(folder, 'pgdata'))
const asTenant = (organizationId, text) =>
  database
    .transaction(async (tx) => {
      await tx.query(
        `select set_config('tollgate.organization_id', $1, true),
                set_config('role', tollgate.tenant_role(), true)`,
        [organizationId],
      )
      return (await tx.query(text)).rows
    })
    .catch((error) => error.message)
const seen = 'select distinct organization_id from tollgate.events order by 1'
const all = await database.query(seen)
prove(
  'the database owner sees',
  all.rows.map((row) => row.organization_id),
  ['acme', 'globex'],
)
prove('for Acme, without any filter, the tenant role sees', await asTenant('acme', seen), [
  { organization_id: 'acme' },
])
prove('without an organization it sees', await asTenant('', seen), [])
prove(
  "the other's API keys",
  await asTenant('acme', "select id from tollgate.api_keys where organization_id = 'globex'"),
  [],
)
prove(
  'changing an event',
  await asTenant('acme', 'update tollgate.events set credits = 0'),
  'permission denied for table events',
)
await database.close()

const reopened = await createTollgate({ database: { folder } })
chapter('The books balance')
const { differences } = await reopened.admin.aggregate()
prove('differences between roll-ups and raw events', differences, [])
prove('faults in the audit chains', (await reopened.admin.audit.verify()).faults, [])
await reopened.close()
await rm(folder, { recursive: true, force: true })
end()
