// Opens, uses and closes a database, with nothing else to keep the process alive. Usage:
// closing.mjs [DATABASE_URL]
import { createTollgate } from '../../dist/index.js'

const [url] = process.argv.slice(2)
const tollgate = await createTollgate({ database: url ? { url } : 'memory' })
await tollgate.close()
console.log('closed')
