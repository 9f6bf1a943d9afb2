// The use and your own rows are committed together, or not at all. This example needs PostgreSQL:
//   DATABASE_URL=postgres://localhost/app node examples/06-own-transaction.mjs
import { Client } from 'pg'
import { createTollgate } from 'tollgate'

const url = process.env.DATABASE_URL
if (!url) {
  console.log('Set DATABASE_URL to run this one.')
  process.exit()
}
const tollgate = await createTollgate({ database: { url } })
const client = new Client(url)
await client.connect()
await client.query('create temporary table documents (title text)')
await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
const call = { organizationId: 'acme', eventType: 'chat_message', inputTokens: 100 }

const save = async (title, shouldFail) => {
  await client.query('begin')
  try {
    const decision = await tollgate.within(client).track(call)
    if (!decision.allowed) throw new Error(decision.reason)
    await client.query('insert into documents values ($1)', [title])
    if (shouldFail) throw new Error('something else went wrong')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    console.log(error.message)
  }
}
await save('first', false)
await save('second', true)

const { rows } = await client.query('select title from documents')
const { month } = await tollgate.usage.current({ organizationId: 'acme' })
console.log(rows.map(({ title }) => title).join(), month.events)
await client.end()
await tollgate.close()

// Prints:
// something else went wrong
// first 1
