import { appendFileSync, readFileSync } from 'node:fs'
import { createTollgate, type TollgateEngine } from 'tollgate'
import { shared } from 'tollgate/next'

/** Writes a line for the test, which counts how often an engine was opened. */
const opened = () => appendFileSync('opened.txt', `${process.pid}\n`)

const open = async (): Promise<TollgateEngine> => {
  opened()
  const url = process.env.DATABASE_URL
  // The test writes its catalog, with a plan for each kind of refusal.
  const catalogs = ['rag-chatbot', JSON.parse(readFileSync('desk.json', 'utf8'))]
  const database = url === undefined ? { folder: '.tollgate' } : { url }
  const tollgate = await createTollgate({ database, catalogs, storeTimeoutMs: 1_000 })
  await tollgate.organizations
    .create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
    .catch(() => {})
  return tollgate
}

export const getTollgate = shared(open)

export const identify = async (request: Request) => {
  const organizationId = request.headers.get('x-organization')
  return organizationId === null ? undefined : { organizationId }
}
