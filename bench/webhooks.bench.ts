import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'vitest'
import { machine, median } from './report.ts'

/**
 * How late deliveries are with many endpoints of which some are dead: events at a steady rate, each
 * for one endpoint, and the time from the act to its arrival. A dead endpoint takes the connection
 * and never answers.
 */

const ENDPOINTS = Number(process.env.BENCH_ENDPOINTS ?? 10_000)
const DEAD_ONE_IN = Number(process.env.BENCH_DEAD_ONE_IN ?? 10)
const EVENTS_PER_SECOND = Number(process.env.BENCH_EVENTS_PER_SECOND ?? 200)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 30)
const DATABASE_URL = process.env.BENCH_DATABASE_URL
const PER_ORGANIZATION = 50

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')

it('many endpoints, some of them dead', { timeout: 3_600_000 }, async () => {
  const sentAt = new Map<string, number>()
  const lateMs: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part
    })
    request.on('end', () => {
      if (request.url === '/dead') return
      const { subject } = JSON.parse(body) as { subject: string }
      lateMs.push(performance.now() - (sentAt.get(subject) ?? Number.NaN))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const tollgate = await createTollgate({
    database: DATABASE_URL === undefined ? 'memory' : { url: DATABASE_URL },
    catalogs: ['rag-chatbot'],
    webhooks: { allow: ['127.0.0.1'], allowHttp: true, ports: [port] },
  })
  const organizations = Math.ceil(ENDPOINTS / PER_ORGANIZATION)
  for (let n = 0; n < organizations; n += 1) {
    const id = `org-${n}`
    await tollgate.organizations.create({ id, name: id, plan: 'pro' })
    for (let m = 0; m < PER_ORGANIZATION; m += 1) {
      const isDead = (n * PER_ORGANIZATION + m) % DEAD_ONE_IN === 0
      const url = `http://127.0.0.1:${port}/${isDead ? 'dead' : 'alive'}`
      await tollgate.webhooks.create({ organizationId: id, url, kinds: ['member.added'] })
    }
  }
  const events = EVENTS_PER_SECOND * SECONDS
  // Each event is for every endpoint of its organization.
  const acts = Math.ceil(events / PER_ORGANIZATION)
  const startedAt = performance.now()
  for (let n = 0; n < acts; n += 1) {
    const dueMs = (n * PER_ORGANIZATION * 1_000) / EVENTS_PER_SECOND
    const waitMs = startedAt + dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const userId = `user-${n}`
    sentAt.set(`user:${userId}`, performance.now())
    const organizationId = `org-${n % organizations}`
    await tollgate.members.add({ organizationId, userId, role: 'viewer' })
  }
  const expected = (acts * PER_ORGANIZATION * (DEAD_ONE_IN - 1)) / DEAD_ONE_IN
  while (lateMs.length < expected) await new Promise((resolve) => setTimeout(resolve, 100))
  const sorted = [...lateMs].sort((one, other) => one - other)
  console.log(
    `${machine()}: ${ENDPOINTS} endpoints, one in ${DEAD_ONE_IN} dead, ${EVENTS_PER_SECOND} deliveries a second: ` +
      `median ${median(lateMs).toFixed(0)} ms late, 99 of 100 within ` +
      `${(sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(0)} ms`,
  )
  server.closeAllConnections()
  server.close()
  await tollgate.close()
})
