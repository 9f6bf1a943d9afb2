import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { signedHeaders } from '../../src/connectors/webhooks/signature.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { makeUserProject, snippetsOf } from './user-project.ts'

const newFolder = temporaryFolders()
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, so.').toString('base64')}`

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

it('the webhook guide shows a receiver that accepts signed events once', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder()
  const guides = ['docs/guides/webhooks.md', 'docs/guides/alert-channels.md']
  const snippets = guides.flatMap(snippetsOf)
  const compile = makeUserProject(folder, ['standardwebhooks'], snippets)
  execFileSync(process.execPath, compile, { cwd: folder, stdio: 'pipe' })
  const port = await freePort()
  const child = spawn(process.execPath, [join('out', 'webhooks-1.mjs')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: String(port), TOLLGATE_WEBHOOK_SECRET: SECRET },
  })
  const exit = once(child, 'exit')
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('listening')
    const event = { type: 'member.added', id: 'event-1', data: { userId: 'ada' } }
    const body = JSON.stringify(event)
    const send = async (secret: string) => {
      const headers = signedHeaders({ id: event.id, at: new Date(), body }, [secret])
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
      return answer.status
    }
    expect(await send(`whsec_${Buffer.alloc(32).toString('base64')}`)).toBe(400)
    expect([await send(SECRET), await send(SECRET)]).toEqual([204, 204])
    expect((await lines.next()).value).toBe('member.added {"userId":"ada"}')
  } finally {
    child.kill()
    await exit
  }
})
