import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedSubject, openSubject } from '../behaviour/open-subject.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { eventually } from '../setup/eventually.ts'
import { standing } from './asking.ts'
import { catalogs } from './catalog.ts'
import { closed, listening } from './hosts/host.ts'
import * as express from './routes/express.metered.ts'
import * as fastify from './routes/fastify.metered.ts'
import * as hono from './routes/hono.metered.ts'
import * as next from './routes/next.metered.ts'

/** The maximum number of additional lines in a wrapped route. */
const MOST = 5

/** An example's route: the paragraph before the one that returns it. */
const routeOf = (name: string): readonly string[] => {
  const text = readFileSync(join(import.meta.dirname, 'routes', `${name}.ts`), 'utf8')
  const paragraphs = text.split(/\n\n/)
  return (paragraphs.at(-2) ?? '').split('\n')
}

describe('a wrapped route', () => {
  it.each(['express', 'fastify', 'hono', 'next'])('needs only a few more lines in %s', (name) => {
    const [bare, metered] = [routeOf(`${name}.bare`), routeOf(`${name}.metered`)]
    for (const route of [bare, metered]) expect(route.join('\n')).toContain('answerTo')
    const more = metered.filter((line) => !bare.includes(line)).length
    expect(metered.length - bare.length).toBeGreaterThan(0)
    expect(more).toBeLessThanOrEqual(MOST)
  })

  let lent: LentDatabase
  let subject: OpenedSubject
  beforeAll(async () => {
    lent = await lentDatabase()
    subject = await openSubject(lent.database, { catalogs })
  })
  afterAll(async () => {
    await subject.tollgate.close()
    await lent.giveBack()
  })

  const throughServer = async (server: Server, request: Request): Promise<Response> => {
    const answer = await fetch(`${await listening(server)}/chat`, request)
    const body = await answer.text()
    await closed(server)
    return new Response(body, answer)
  }
  const asked = {
    express: (request: Request) =>
      throughServer(createServer(express.open(subject.tollgate)).listen(0, '127.0.0.1'), request),
    fastify: async (request: Request) => {
      const app = fastify.open(subject.tollgate)
      await app.listen({ port: 0, host: '127.0.0.1' })
      return throughServer(app.server, request)
    },
    hono: (request: Request) => {
      const { fetch: answer } = hono.open(subject.tollgate)
      const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1' }) as Server
      return throughServer(server, request)
    },
    next: (request: Request) =>
      next.open(subject.tollgate)(request, { params: Promise.resolve({}) }),
  }

  it.each(Object.entries(asked))('works as shown in %s', async (_, ask) => {
    const organizationId = await subject.organization('desk/roomy')
    const response = await ask(
      new Request('http://host.test/chat', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-organization': organizationId },
        body: JSON.stringify({ question: 'why?' }),
      }),
    )
    expect(await response.json()).toEqual({ text: 'You asked: why?' })
    await eventually(async () =>
      expect(await standing(subject.tollgate, organizationId)).toMatchObject({ used: 42, held: 0 }),
    )
  })
})
