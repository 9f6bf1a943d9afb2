import { parentPort, workerData } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import { errorFields } from '../database-error.ts'
import { createMaintenance } from './maintenance.ts'
import type { Answer, Ask, FromWorker, ToWorker, WorkerStart } from './protocol.ts'
import { BrokenEngineError, createSession } from './session.ts'
import { syncFolder } from './sync-folder.ts'
import { SyncedFiles, withSync } from './synced-files.ts'

/*
 * The thread that owns the embedded database. A long statement blocks this thread and not the
 * server's. Only ending the thread stops such a statement.
 */

const start = workerData as WorkerStart
const port = parentPort
if (!port) throw new Error('This file runs as a worker thread of open.ts.')
const tell = (message: FromWorker): void => port.postMessage(message)

// Log that is retained for reuse beyond what recovery needs; the default is 80 MB.
const lessLogKept = ['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB']
// The default is 128 MB, all of which a long-running server has resident. Other pages come from the
// machine's own file cache.
const fewerBuffers = ['-c', 'shared_buffers=32MB']

const parameters = [...PGlite.defaultStartParams, ...lessLogKept, ...fewerBuffers]

/** Gives its bytes as they are: Node copies those of its own blobs in small pieces, more than once. */
class BytesAtHand extends Blob {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super([])
    this.#bytes = bytes
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = this.#bytes
    const isWhole = byteLength === buffer.byteLength
    return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
  }
}

const openInMemory = (): Promise<PGlite> =>
  PGlite.create({
    startParams: parameters,
    // PGlite would unpack it too, but by a stream that takes three times as long.
    loadDataDir: start.snapshot && new BytesAtHand(gunzipSync(start.snapshot)),
  })

const openInFolder = async (dataFolder: string, isSynced: boolean): Promise<PGlite> => {
  if (start.snapshot) {
    // PGlite would first read the whole snapshot into its own memory, and would not free it.
    const { unpackSnapshot } = await import('./unpack-snapshot.ts')
    unpackSnapshot(start.snapshot, dataFolder)
  }
  const files = new SyncedFiles(dataFolder, isSynced)
  const pg = await PGlite.create({ fs: files, startParams: withSync(parameters) })
  if (!isSynced) {
    // From here on every write is synced. Nothing has been answered yet.
    files.beginSyncing()
    await syncFolder(dataFolder)
  }
  return pg
}

const { dataFolder, isSynced = false } = start
const pg =
  dataFolder === undefined ? await openInMemory() : await openInFolder(dataFolder, isSynced)
const session = createSession(pg)
const maintenance = createMaintenance(session, start.checkpointEveryBytes)

const nothing: Answer = { rows: [] }

const answer = async (ask: Ask): Promise<Answer> => {
  switch (ask.kind) {
    case 'query':
      return { rows: await session.query(ask.text, ask.values) }
    case 'begin':
      await session.begin()
      return nothing
    case 'commit':
      await session.commit()
      return nothing
    case 'rollback':
      await session.rollback()
      return nothing
    case 'dump': {
      const dump = await pg.dumpDataDir('gzip')
      return { rows: [], dump: new Uint8Array(await dump.arrayBuffer()) }
    }
    case 'close':
      await session.query('checkpoint')
      await pg.close()
      return nothing
  }
}

const serve = async (message: ToWorker): Promise<void> => {
  const startedAtMs = performance.now()
  try {
    tell({ kind: 'answer', id: message.id, ...(await answer(message)) })
  } catch (error) {
    // Thrown again, it ends the thread. The other side then rejects all waiting requests.
    if (error instanceof BrokenEngineError) throw error
    tell({ kind: 'failed', id: message.id, error: errorFields(error) })
  }
  if (message.kind !== 'close') await maintenance.after(performance.now() - startedAtMs)
}

let last = Promise.resolve()
port.on('message', (message: ToWorker) => {
  last = last.then(() => serve(message))
})
pg.onNotification((channel, payload) => tell({ kind: 'notified', channel, payload }))
tell({ kind: 'ready' })
