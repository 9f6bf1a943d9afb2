import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createTollgate, type TollgateEngine, type TollgateOptions } from '../../src/index.ts'
import { createHandler, type Handler } from '../../src/server.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { times } from '../setup/form.ts'
import { findOrInstallPostgres } from '../setup/postgres-binaries.ts'
import { ownerForServer, startCluster } from '../setup/postgres-cluster.ts'
import { isWithoutSmallDisk, type SmallDisk, smallDisk } from '../setup/small-disk.ts'
import { onServer } from '../setup/substrates.ts'
import { gateCatalog } from './gate-configurations.ts'

const ADMIN_KEY = 'the-key-of-the-administrator'
const WRITERS = 8
const ROUNDS = times('TOLLGATE_FULL_DISKS', { short: 1, long: 3 })
const PATIENCE = { timeout: 90_000, interval: 200 }
const NO_ROOM = "no room is left on the database's disk"
const options = {
  catalogs: [{ document: gateCatalog, origin: 'test/faults' }],
} satisfies TollgateOptions

/** The call under each id, and whether it was confirmed. */
type Answers = Map<string, number>

/** Writers over HTTP that write until stopped, and store their answers. */
const writers = (handler: Handler, answers: Answers) => {
  let isOver = false
  const post = (path: string, body: object) =>
    handler(
      new Request(`http://tollgate${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )
  const event = (id: string) => ({
    id,
    organizationId: 'acme',
    eventType: 'use',
    quantities: { units: 1 },
    properties: { filler: id.repeat(36) },
  })
  const send = async (id: string): Promise<number> => {
    const path = id.startsWith('t') ? '/api/usage/track' : '/api/usage/events'
    const { status, headers } = await post(path, event(id))
    if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    return status
  }
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const id = `${n % 2 === 0 ? 't' : 'r'}-${writer}-${n}-${crypto.randomUUID()}`
      answers.set(id, await send(id))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const running = Array.from({ length: WRITERS }, (_, writer) => write(writer))
  return {
    send,
    post,
    stop: async () => {
      isOver = true
      await Promise.all(running)
    },
  }
}

interface Subject {
  readonly disk: SmallDisk
  readonly database: TollgateOptions['database']
  readonly remove: () => Promise<void>
}

const described = (
  name: string,
  isSkipped: boolean,
  subject: () => Promise<Subject>,
  room: number,
) => {
  describe.skipIf(isSkipped)(`a full disk ${name}`, () => {
    let disk: SmallDisk
    let remove: Subject['remove']
    let tollgate: TollgateEngine
    let handler: Handler
    beforeAll(async () => {
      const made = await subject()
      ;({ disk, remove } = made)
      tollgate = await createTollgate({ ...options, database: made.database })
      handler = createHandler(tollgate, { adminKey: ADMIN_KEY })
      await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'gate/roomy' })
    }, 120_000)
    afterAll(async () => {
      disk?.makeRoom()
      await tollgate?.close()
      await remove?.()
    }, 60_000)
    const ready = async () => {
      const answer = await handler(new Request('http://tollgate/readyz'))
      return {
        status: answer.status,
        detail: ((await answer.json()) as { detail?: string }).detail,
      }
    }

    it('is reported as such, never causes a 500, and loses no confirmed event', async () => {
      const answers: Answers = new Map()
      for (let round = 0; round < ROUNDS; round++) {
        const { stop } = writers(handler, answers)
        const before = answers.size
        await vi.waitUntil(() => answers.size > before + 50, PATIENCE)
        disk.fill(room)
        await vi.waitFor(async () => {
          disk.fill()
          expect(await ready()).toEqual({ status: 503, detail: NO_ROOM })
        }, PATIENCE)
        const refused = () => [...answers.values()].filter((status) => status === 503).length
        const refusedBefore = refused()
        await vi.waitUntil(() => refused() > refusedBefore + 20, PATIENCE)
        disk.makeRoom()
        await vi.waitFor(async () => expect((await ready()).status).toBe(200), PATIENCE)
        await stop()
      }
      expect(new Set(answers.values())).toEqual(new Set([200, 503]))
      await expectStored(answers)
    }, 300_000)

    /** Sends all again: confirmed events are duplicates, and finally each exists once. */
    const expectStored = async (answers: Answers) => {
      const events = (status: number) =>
        [...answers].flatMap(([id, answered]) => (answered === status ? [id] : []))
      const recorded = async (ids: readonly string[]) => {
        let accepted = 0
        for (let from = 0; from < ids.length; from += 500) {
          const batch = ids.slice(from, from + 500).map((id) => ({
            id,
            organizationId: 'acme',
            eventType: 'use',
            quantities: { units: 1 },
            properties: { filler: id.repeat(36) },
          }))
          const result = await tollgate.record(batch)
          expect(result.rejected).toEqual([])
          accepted += result.accepted
        }
        return accepted
      }
      expect(await recorded(events(200))).toBe(0)
      await recorded(events(503))
      const { month } = await tollgate.usage.current({ organizationId: 'acme' })
      expect(month.events).toBe(answers.size)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    }
  })
}

const isWithoutDisk = isWithoutSmallDisk('a full disk')

describe.skipIf(isWithoutDisk)('opening the embedded database on a full disk', () => {
  it('names the disk, for a new folder as for one with data', async () => {
    const disk = smallDisk(200) as SmallDisk
    try {
      const full = {
        code: '53100',
        message: expect.stringContaining(`on the disk of ${disk.folder}`),
      }
      disk.fill(1_000_000)
      await expect(openPglite({ folder: join(disk.folder, 'new') })).rejects.toMatchObject(full)
      disk.makeRoom()
      const folder = join(disk.folder, 'data')
      await (await openPglite({ folder })).close()
      disk.fill()
      await expect(openPglite({ folder })).rejects.toMatchObject(full)
      disk.makeRoom()
      const db = await openPglite({ folder })
      expect(await db.query('select 1 as one', [])).toEqual([{ one: 1 }])
      await db.close()
    } finally {
      disk.remove()
    }
  }, 300_000)
})

described(
  'under the embedded database',
  isWithoutDisk,
  async () => {
    const disk = smallDisk(200) as SmallDisk
    const remove = async () => disk.remove()
    return { disk, database: { folder: join(disk.folder, 'data') }, remove }
  },
  1_000_000,
)

// This needs its own server: a full tablespace fails every checkpoint, and dropping a database
// needs one.
described(
  'under PostgreSQL',
  isWithoutDisk ||
    inject('postgresUrl') === undefined ||
    process.env.TEST_DATABASE_URL !== undefined,
  async () => {
    const found = findOrInstallPostgres()
    if ('missing' in found) throw new Error(found.missing)
    const cluster = await startCluster(found)
    const disk = smallDisk(100) as SmallDisk
    const location = join(disk.folder, 'tables')
    mkdirSync(location)
    const { uid = 0, gid = 0 } = ownerForServer()
    for (const path of [disk.folder, location]) chownSync(path, uid, gid)
    await onServer(cluster.url, async (client) => {
      await client.query(`create tablespace full_disk location '${location}'`)
      await client.query('create database full_disk tablespace full_disk')
    })
    const url = new URL(cluster.url)
    url.pathname = '/full_disk'
    const remove = async () => {
      await cluster.stop()
      disk.remove()
    }
    return { disk, database: { url: url.href }, remove }
  },
  100_000,
)
