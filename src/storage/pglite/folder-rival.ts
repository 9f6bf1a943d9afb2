import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import type { Greeting } from './folder-lock.ts'
import type { SocketFolder } from './socket-folder.ts'

/** How a meeting ended: the rival is gone, or it has precedence. */
export type Rival = 'gone' | { readonly greeting?: Greeting }

// A live process answers within a millisecond unless its loop is blocked. It may then well hold the
// folder.
const greetingWithinMs = 500

/**
 * Meets the owner of one socket in the folder, and removes a dead one's socket. A live one has
 * precedence if it holds, does not answer, has the smaller nonce, or is still acquiring at the
 * deadline.
 */
export const meet = (
  sockets: SocketFolder,
  name: string,
  ownNonce: string,
  deadline: AbortSignal,
): Promise<Rival> =>
  new Promise((resolve, reject) => {
    const socket = connect(sockets.path(name))
    let greeting: Greeting | undefined
    let isConnected = false
    let isReaping = false

    const conclude = (rival: Rival): void => {
      clearTimeout(silence)
      deadline.removeEventListener('abort', onDeadline)
      socket.destroy()
      resolve(rival)
    }
    const onDeadline = (): void => conclude({ greeting })
    const silence = setTimeout(() => conclude({}), greetingWithinMs)
    deadline.addEventListener('abort', onDeadline)

    socket.on('connect', () => {
      isConnected = true
    })
    readLines(socket, (line) => {
      clearTimeout(silence)
      greeting = greetingIn(line)
      if (!greeting) return conclude({})
      if (greeting.state === 'held' || greeting.nonce < ownNonce) conclude({ greeting })
    })
    // It withdrew or died while we were connected.
    socket.on('close', () => {
      if (!isReaping) conclude('gone')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isConnected || error.code === 'ENOENT') return conclude('gone')
      if (error.code !== 'ECONNREFUSED') return conclude({})
      isReaping = true
      rm(sockets.path(name), { force: true }).then(() => conclude('gone'), reject)
    })
  })

const readLines = (socket: Socket, onLine: (line: string) => void): void => {
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

const greetingIn = (line: string): Greeting | undefined => {
  try {
    return JSON.parse(line) as Greeting
  } catch {
    return undefined
  }
}
