// Makes changes that cause events, or sends the events, until it is killed. Usage: teller.mjs
// act|send URL PORT
import { writeSync } from 'node:fs'
import { createTollgate } from '../../dist/index.js'

const [part, url = '', port = ''] = process.argv.slice(2)
const tollgate = await createTollgate({
  database: { url },
  ...(part === 'send' && {
    webhooks: { allow: ['127.0.0.1'], allowHttp: true, ports: [Number(port)] },
  }),
})
writeSync(1, 'ready\n')
if (part === 'act') {
  for (let n = 0; ; n += 1) {
    const userId = `user-${n}`
    await tollgate.members.add({ organizationId: 'told', userId, role: 'viewer' })
    writeSync(1, `user:${userId}\n`)
  }
}
