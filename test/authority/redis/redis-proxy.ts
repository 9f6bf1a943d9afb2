import { createConnection, createServer, type Socket } from 'node:net'

/** A connection to a server that can fail like a network. */
export interface FaultyPath {
  readonly url: string
  /** From now on holds every answer of the server, and keeps connections open. */
  holdAnswers(): void
  /** Delivers all held answers, and all that follow. */
  release(): void
  /** Closes all connections and drops held answers. */
  cut(): void
  /** Resolves once it holds an answer of the server. */
  held(): Promise<void>
  close(): Promise<void>
}

/** Listens on this machine and forwards to and from the server at `url`. */
export const openProxy = async (url: string): Promise<FaultyPath> => {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const waiting: { to: Socket; data: Buffer }[] = []
  let holding = false
  let wake = (): void => undefined

  const server = createServer((client) => {
    const upstream = createConnection(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => {
      if (!holding) return client.write(data)
      waiting.push({ to: client, data })
      wake()
      return true
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = () => {
    waiting.length = 0
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    holdAnswers: () => {
      holding = true
    },
    release: () => {
      holding = false
      for (const { to, data } of waiting.splice(0)) to.write(data)
    },
    cut,
    held: async () => {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      cut()
      await closed
    },
  }
}
