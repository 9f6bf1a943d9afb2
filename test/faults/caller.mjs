// An engine in a process of its own that does what it is told over IPC: `{ call, verb, args }` is
// answered by `{ call, value }` or `{ call, error }`. Usage: caller.mjs DATABASE_URL
import { createTollgate } from '../../dist/index.js'

const tollgate = await createTollgate({ database: { url: process.argv[2] ?? '' } })

process.on('message', async ({ call, verb, args }) => {
  try {
    if (verb === 'close') {
      await tollgate.close()
      process.send({ call, value: null }, () => process.disconnect())
      return
    }
    const path = verb.split('.')
    const owner = path.slice(0, -1).reduce((part, name) => part[name], tollgate)
    process.send({ call, value: (await owner[path.at(-1)](...args)) ?? null })
  } catch (error) {
    process.send({ call, error: { code: error.code, message: error.message } })
  }
})
process.send({ call: 'ready' })
