// Records as fast as possible, and writes the id of each confirmed event to stdout at once. So a
// test that kills it knows the promises. Usage: writer.mjs DATABASE PREFIX
import { writeSync } from 'node:fs'
import { createTollgate } from '../../dist/index.js'

const [target = '', prefix = ''] = process.argv.slice(2)
const WRITERS = 32

const tollgate = await createTollgate({
  database: target.startsWith('postgres') ? { url: target } : { folder: target },
})
const organizationId = 'killed'
await tollgate.organizations
  .create({ id: organizationId, name: organizationId, plan: 'rag-chatbot/enterprise' })
  .catch((error) => {
    if (error.code !== 'already_exists') throw error
  })
writeSync(1, 'ready\n')

let next = 0
const write = async () => {
  for (;;) {
    const id = `${prefix}-${next++}`
    const event = { id, organizationId, eventType: 'chat_message', quantities: { tokens: 3 } }
    if (next % 2 === 0) await tollgate.record(event)
    else await tollgate.track(event)
    writeSync(1, `${id}\n`)
  }
}
await Promise.all(Array.from({ length: WRITERS }, write))
