import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FolderHeldError, lockFolder } from '../../src/storage/pglite/folder-lock.ts'
import { openPglite } from '../../src/storage/pglite/open.ts'
import { type Child, childProcesses } from '../setup/child-process.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const startChild = childProcesses()
const newFolder = temporaryFolders()
const contender = (): Child => startChild(new URL('./fixtures/hold-folder.mjs', import.meta.url))

interface Report {
  readonly outcome: 'held' | 'refused' | 'released'
  readonly name?: string
  readonly message?: string
  readonly tookMs?: number
}

const tell = async (child: Child, line: string): Promise<Report> => {
  child.write(line)
  return JSON.parse(await child.next())
}

const self = { pid: process.pid, startedAt: new Date('2024-01-01T00:00:00.000Z') }

describe('the lock on a data folder', () => {
  it('refuses a second process within 2 s, and names the holder and a remedy', async () => {
    const folder = newFolder()
    const first = contender()
    expect(await tell(first, folder)).toEqual({ outcome: 'held' })
    const refused = await tell(contender(), folder)
    expect(refused).toMatchObject({ outcome: 'refused', name: 'FolderHeldError' })
    expect(refused.message).toContain(folder)
    expect(refused.message).toContain(`process ${first.process.pid}`)
    expect(refused.message).toContain('2024-02-29T12:00:00.000Z')
    expect(refused.message).toContain('stop that one first')
    expect(refused.tookMs).toBeLessThan(2_000)
  })

  it('refuses within 2 s even if the holder is too busy to answer', async () => {
    const folder = newFolder()
    const first = contender()
    await tell(first, folder)
    first.process.kill('SIGSTOP')
    const refused = await tell(contender(), folder)
    expect(refused).toMatchObject({ outcome: 'refused', name: 'FolderHeldError' })
    expect(refused.message).toContain('does not answer')
    expect(refused.tookMs).toBeLessThan(2_000)
  })

  it('is free at once after its holder was killed, and leaves no files behind', async () => {
    const folder = newFolder()
    for (let round = 0; round < 3; round += 1) {
      const holder = contender()
      expect(await tell(holder, folder)).toEqual({ outcome: 'held' })
      holder.process.kill('SIGKILL')
      await holder.ended
      expect(readdirSync(folder)).toHaveLength(1)
    }
    const lock = await lockFolder(folder, self)
    expect(readdirSync(folder)).toHaveLength(1)
    await lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('goes to exactly one of 8 concurrent processes', async () => {
    const contenders = Array.from({ length: 8 }, contender)
    for (let round = 0; round < 25; round += 1) {
      // Every other round begins among sockets of dead processes.
      const folder = newFolder()
      if (round % 2 === 1) await leaveDeadSocket(folder)
      const reports = await Promise.all(contenders.map((child) => tell(child, folder)))
      expect(reports.filter(({ outcome }) => outcome === 'held')).toHaveLength(1)
      expect(reports.filter(({ name }) => name === 'FolderHeldError')).toHaveLength(7)
    }
    await Promise.all(contenders.map((child) => tell(child, 'release')))
  })

  it('works with a path longer than a socket address can be', async () => {
    const folder = join(newFolder(), 'a-long-name-'.repeat(10), 'and-longer-'.repeat(10))
    mkdirSync(folder, { recursive: true })
    const holder = contender()
    expect(await tell(holder, folder)).toEqual({ outcome: 'held' })
    await expect(lockFolder(folder, self)).rejects.toThrow(`process ${holder.process.pid}`)
    holder.process.kill('SIGKILL')
    await holder.ended
    const lock = await lockFolder(folder, self)
    await lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('works within one process as between two', async () => {
    const folder = newFolder()
    const lock = await lockFolder(folder, self)
    await expect(lockFolder(folder, self)).rejects.toThrow(FolderHeldError)
    await lock.release()
    await lock.release()
    await (await lockFolder(folder, self)).release()
  })

  it('is visible only to its owner', async () => {
    const folder = newFolder()
    const lock = await lockFolder(folder, self)
    const [name = ''] = readdirSync(folder)
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    await lock.release()
  })

  it('does not take a file of the same name, or garbage from a socket, for a free folder', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'lock-leftover.sock'), '')
    const lock = await lockFolder(folder, self)
    await lock.release()
    expect(readdirSync(folder)).toEqual([])

    const stranger = createServer((visitor) => visitor.end('hello\n'))
    onTestFinished(() => void stranger.close())
    await new Promise<void>((done) => stranger.listen(join(folder, 'lock-x.sock'), done))
    await expect(lockFolder(folder, self)).rejects.toThrow('does not answer')
  })

  it('does not keep its process alive', async () => {
    const child = startChild(new URL('./fixtures/lock-and-end.mjs', import.meta.url), newFolder())
    expect(await child.ended).toBe(0)
  })

  it('guards the embedded database, and is released when it closes', async () => {
    const folder = newFolder()
    const db = await openPglite({ folder })
    expect(await tell(contender(), folder)).toMatchObject({ outcome: 'refused' })
    await expect(openPglite({ folder })).rejects.toThrow(FolderHeldError)
    expect(await db.query('select 1 as a', [])).toEqual([{ a: 1 }])
    await db.close()
    expect(await tell(contender(), folder)).toEqual({ outcome: 'held' })
  })
})

const leaveDeadSocket = async (folder: string): Promise<void> => {
  const child = contender()
  await tell(child, folder)
  child.process.kill('SIGKILL')
  await child.ended
}
