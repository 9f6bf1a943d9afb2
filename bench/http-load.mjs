// Puts a load on an HTTP server from its own process. Over IPC it gets the request, the count and
// the number of connections, and returns the result. Each connection is kept alive. It sends its
// next request when the previous answer is complete, or after a pause.
//
// It writes to sockets itself, because a client slower than the server would determine the rate. On
// the machine of RESULTS.md, undici takes 25 to 28 µs a request and node:http 33 µs; the empty
// handler takes 24 µs. This client takes 12 µs, and other load on its core hardly slows it.
import { connect } from 'node:net'

const END_OF_HEAD = Buffer.from('\r\n\r\n')

/** The answer's length at the start of `bytes`; 0 if it is incomplete. */
const lengthOfAnswer = (bytes) => {
  const headEnd = bytes.indexOf(END_OF_HEAD)
  if (headEnd < 0) return 0
  const head = bytes.latin1Slice(0, headEnd)
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`not answered with 200: ${head}`)
  const declared = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (!declared) throw new Error(`no Content-Length, which is all that is understood here: ${head}`)
  const length = headEnd + END_OF_HEAD.length + Number(declared[1])
  return bytes.length < length ? 0 : length
}

const bytesOf = ({ url, path, headers, body }) => {
  const lines = Object.entries({
    Host: new URL(url).host,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** One connection; resolves when nothing is left to send. */
const caller = (url, request, load) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    let bytes = Buffer.alloc(0)
    let number = 0
    let askedAt = 0
    const send = () => {
      if (load.next >= load.latencies.length) return socket.end()
      number = load.next
      load.next += 1
      askedAt = performance.now()
      socket.write(request)
    }
    const receive = (chunk) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      const length = lengthOfAnswer(bytes)
      if (length === 0) return
      if (bytes.length > length) throw new Error('more was answered than had been asked for')
      bytes = Buffer.alloc(0)
      load.latencies[number] = performance.now() - askedAt
      load.answered += 1
      if (load.pauseMs === 0) send()
      else setTimeout(send, load.pauseMs)
    }
    socket.setNoDelay(true)
    socket.once('connect', send)
    socket.on('data', (chunk) => {
      try {
        receive(chunk)
      } catch (error) {
        socket.destroy(error)
      }
    })
    socket.once('error', reject)
    socket.once('close', resolve)
  })

const run = async ({ connections, count, pauseMs, ...wanted }) => {
  const load = { next: 0, answered: 0, pauseMs, latencies: new Float64Array(count) }
  const request = bytesOf(wanted)
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, () => caller(wanted.url, request, load)))
  const tookMs = performance.now() - startedAt
  if (load.answered !== count) throw new Error(`${count - load.answered} requests had no answer`)
  const sorted = load.latencies.sort()
  const at = (part) => sorted[Math.floor(count * part)]
  return { perSecond: (count * 1_000) / tookMs, p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.on('message', async (wanted) => {
  try {
    process.send({ figures: await run(wanted) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit())
