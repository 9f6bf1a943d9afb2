import { connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy in front of a server on this machine that fails like a network. */
export interface TcpProxy {
  readonly port: number
  /** Forwards everything again: held bytes, and all later ones. */
  pass(): Promise<void>
  /** Closes every connection, and refuses new ones. */
  refuse(): Promise<void>
  /** Accepts connections and bytes, and forwards nothing in either direction. */
  hang(): void
  /** Closes every connection, and serves new ones. */
  cut(): void
  /**
   * Closes the connection with a request containing `text`, after more than `bytes` of its answer.
   * Resolves when that has happened.
   */
  cutAnswerTo(text: string, bytes: number): Promise<void>
  close(): Promise<void>
}

interface Trap {
  readonly text: string
  readonly bytes: number
  readonly sprung: () => void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  trap?: Trap
  /** The part of the answer since the trap was set on this connection. */
  answered: number
}

/** A proxied server's URL, with the proxy's address in it. */
export const proxiedUrl = (url: string, { port }: TcpProxy): string => {
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(port)
  return through.href
}

/** Starts a proxy for the server of `url`, on a free port of 127.0.0.1. */
export const startTcpProxy = async (url: string): Promise<TcpProxy> => {
  const { hostname, port: targetPort } = new URL(url)
  const target = { host: hostname, port: Number(targetPort) }
  const pairs = new Set<Pair>()
  let traps: Trap[] = []
  let hangs = false

  const end = (pair: Pair): void => {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
  const cut = (): void => {
    for (const pair of pairs) end(pair)
  }
  /** Pauses one side while the other cannot accept more. */
  const passOn = (from: Socket, to: Socket, bytes: Buffer): void => {
    if (to.write(bytes)) return
    from.pause()
    to.once('drain', () => {
      if (!hangs) from.resume()
    })
  }
  const asked = (pair: Pair, bytes: Buffer): void => {
    const trap = traps.find(({ text }) => bytes.includes(text))
    if (trap) {
      traps = traps.filter((other) => other !== trap)
      pair.trap = trap
      pair.answered = 0
    }
    passOn(pair.client, pair.server, bytes)
  }
  const answered = (pair: Pair, bytes: Buffer): void => {
    const { trap } = pair
    if (!trap || pair.answered + bytes.length <= trap.bytes) {
      pair.answered += bytes.length
      passOn(pair.server, pair.client, bytes)
      return
    }
    pair.client.write(bytes.subarray(0, trap.bytes - pair.answered), () => {
      end(pair)
      trap.sprung()
    })
  }
  const accept = (client: Socket): void => {
    const pair: Pair = { client, server: connect(target), answered: 0 }
    pairs.add(pair)
    for (const socket of [pair.client, pair.server]) {
      socket.setNoDelay(true)
      socket.on('error', () => end(pair))
      socket.on('close', () => end(pair))
    }
    pair.client.on('data', (bytes) => asked(pair, bytes))
    pair.server.on('data', (bytes) => answered(pair, bytes))
    if (hangs) for (const socket of [pair.client, pair.server]) socket.pause()
  }

  const server = createServer(accept)
  await listening(server, 0)
  const { port } = server.address() as { port: number }
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise((done) => server.close(done))
    cut()
    await closed
  }
  return {
    port,
    cut,
    pass: async () => {
      hangs = false
      if (!server.listening) await listening(server, port)
      for (const { client, server: upstream } of pairs) {
        client.resume()
        upstream.resume()
      }
    },
    refuse: stopListening,
    hang: () => {
      hangs = true
      for (const { client, server: upstream } of pairs) {
        client.pause()
        upstream.pause()
      }
    },
    cutAnswerTo: (text, bytes) =>
      new Promise((sprung) => {
        traps.push({ text, bytes, sprung })
      }),
    close: stopListening,
  }
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
