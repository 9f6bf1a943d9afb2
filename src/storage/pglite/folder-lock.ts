import { randomBytes } from 'node:crypto'
import { chmod, rename, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { meet, type Rival } from './folder-rival.ts'
import { openSocketFolder, type SocketFolder } from './socket-folder.ts'

/** The process that holds a folder, as shown to the next one that wants it. */
export interface Holder {
  readonly pid: number
  readonly startedAt: Date
}

/** A folder that is ours until released. */
export interface FolderLock {
  release(): Promise<void>
}

/** Thrown when another process holds the folder. The message says which, and what to do. */
export class FolderHeldError extends Error {
  override readonly name = 'FolderHeldError'
}

/** What a process in the folder says of itself, as one line of JSON to each one that connects. */
export interface Greeting {
  readonly pid: number
  readonly startedAt: string
  readonly nonce: string
  readonly state: 'acquiring' | 'held'
}

/**
 * Locks a folder for this process alone, or throws a `FolderHeldError` within 2 s.
 *
 * Each process listens on a Unix socket of its own in the folder. The kernel answers for a live
 * process, even when its loop is blocked, and refuses once the process is dead. So nothing is
 * judged by age, or by a pid that may have been reused.
 *
 * Each process publishes its socket before it looks for others. If two processes meet, the one that
 * published last therefore sees the other. The rule then leaves at most one. A holder stays. If
 * both are acquiring, the one with the greater nonce withdraws, and the other waits until it has.
 *
 * On one machine there can never be two holders. Sockets say nothing across a network file system.
 */
export const lockFolder = async (folder: string, holder: Holder): Promise<FolderLock> => {
  const nonce = randomBytes(9).toString('hex')
  const sockets = await openSocketFolder(folder)
  const presence = await publish(sockets, nonce, holder).catch(async (error: Error) => {
    await sockets.close()
    throw new Error(
      `The folder ${folder} cannot be locked (${error.message}): it must be on a local disk that ` +
        'can hold Unix sockets.',
      { cause: error },
    )
  })
  const withdraw = async (): Promise<void> => {
    await presence.withdraw()
    await sockets.close()
  }
  try {
    await defeatRivals(sockets, folder, nonce)
    presence.hold()
    return { release: once(withdraw) }
  } catch (error) {
    await withdraw()
    throw error
  }
}

/** Returns when every rival is gone. Throws when a rival has precedence. */
const defeatRivals = async (
  sockets: SocketFolder,
  folder: string,
  nonce: string,
): Promise<void> => {
  const deadline = AbortSignal.timeout(longestWaitMs)
  const others = (await sockets.names()).filter((name) => name !== lockName(nonce))
  const rivals = await Promise.all(others.map((name) => meet(sockets, name, nonce, deadline)))
  const winner = rivals.find((rival) => rival !== 'gone')
  if (winner) throw new FolderHeldError(heldSentence(folder, winner))
}

// A greeting is awaited for at most 500 ms. The rest is for a rival that is still acquiring.
const longestWaitMs = 1_500

const heldSentence = (folder: string, { greeting }: Exclude<Rival, 'gone'>): string => {
  const who = greeting
    ? `process ${greeting.pid}, running since ${greeting.startedAt}`
    : 'a process that is alive but does not answer'
  return (
    `The folder ${folder} is in use by ${who}. Two processes on one folder would destroy its ` +
    'data: stop that one first, or give this one a folder of its own.'
  )
}

/** This process's socket in the folder. */
interface Presence {
  hold(): void
  withdraw(): Promise<void>
}

const lockName = (nonce: string): string => `lock-${nonce}.sock`

const publish = async (
  sockets: SocketFolder,
  nonce: string,
  { pid, startedAt }: Holder,
): Promise<Presence> => {
  const visitors = new Set<Socket>()
  let state: Greeting['state'] = 'acquiring'
  const greet = (visitor: Socket): void => {
    const greeting: Greeting = { pid, startedAt: startedAt.toISOString(), nonce, state }
    visitor.write(`${JSON.stringify(greeting)}\n`)
  }
  const server = createServer((visitor) => {
    visitors.add(visitor)
    visitor.unref()
    visitor.on('error', () => undefined)
    visitor.on('close', () => visitors.delete(visitor))
    visitor.resume()
    greet(visitor)
  })
  server.unref()

  // The socket is bound under another name, and renamed once it listens. Between bind and listen a
  // socket refuses like a dead one, and would be removed.
  const bound = sockets.path(`new-${nonce}.sock`)
  const shown = sockets.path(lockName(nonce))
  await listening(server, bound)
  await chmod(bound, 0o600)
  await rename(bound, shown)

  return {
    hold: () => {
      state = 'held'
      for (const visitor of visitors) greet(visitor)
    },
    withdraw: async () => {
      await rm(shown, { force: true })
      for (const visitor of visitors) visitor.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
