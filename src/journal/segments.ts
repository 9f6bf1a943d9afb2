import { join } from 'node:path'
import type { JournalFiles } from './files.ts'
import { FrameWriter } from './frame.ts'
import type { LineBytes } from './line-bytes.ts'

/** The place of a record until it is in the database. */
export interface Place {
  /** The record is in the database, or is no longer needed. */
  applied(): void
}

export interface SegmentsParts {
  readonly files: JournalFiles
  readonly folder: string
  /** The first line of each file, which says whose it is. */
  readonly heading: string
  /** A file of this size is followed by a new one. */
  readonly segmentBytes: number
  /**
   * Called if a file could not be deleted, or a new one could not be created while the old one
   * still works.
   */
  readonly onTrouble: (error: unknown) => void
}

/** How much must fit before a disk that was full counts as usable again. */
const ROOM_BYTES = 64 * 1024

/** How much that is already in the database may have to be read again after a crash. */
const READ_AGAIN_BYTES = 1024 * 1024

/** One file, and its positions. */
interface Segment extends Place {
  readonly path: string
  readonly file: number
  written: number
  synced: number
  /** Records that are not in the database. */
  waiting: number
}

/**
 * The files of a journal. The oldest is deleted first, so a missing file between two others is
 * noticed.
 */
export class Segments {
  readonly #parts: SegmentsParts
  readonly #writer = new FrameWriter()
  readonly #segments: Segment[] = []
  /** Deleted from the folder, but open until no sync is under way. */
  readonly #removed: Segment[] = []
  readonly #removing = new Set<Promise<void>>()
  #begun = 0
  #next = 0
  #rollAtBytes: number
  #readAgainBytes = READ_AGAIN_BYTES
  #rolling: Promise<void> | undefined
  #syncs = 0

  constructor(parts: SegmentsParts) {
    this.#parts = parts
    this.#rollAtBytes = parts.segmentBytes
  }

  /** The total size of the files. */
  get bytes(): number {
    return sum(this.#segments, ({ written }) => written)
  }

  /** Records that are not in the database yet. */
  get waiting(): number {
    return sum(this.#segments, ({ waiting }) => waiting)
  }

  /** The file that is being written. */
  get current(): Place | undefined {
    return this.#segments.at(-1)
  }

  get isSynced(): boolean {
    return this.#segments.every(({ written, synced }) => written === synced)
  }

  /** Where to write the lines of the next write, each with its end. */
  begin(): LineBytes {
    return this.#writer.begin()
  }

  /** Writes `count` records at once. If it throws, nothing was written. */
  write(count: number): Place {
    const segment = this.#segments.at(-1)
    if (!segment) throw new Error('the journal has no file')
    this.#append(segment, this.#writer.end(this.#next, count))
    segment.waiting += count
    this.#next += count
    if (segment.written >= this.#rollAtBytes) {
      this.#rollAtBytes = segment.written + this.#parts.segmentBytes
      this.roll().catch(this.#parts.onTrouble)
    }
    return segment
  }

  /** Appends the last ended frame, of this length. */
  #append(segment: Segment, length: number): void {
    const { files } = this.#parts
    const { buffer } = this.#writer
    let done = 0
    try {
      while (done < length) {
        done += files.write(segment.file, buffer, done, length, segment.written + done)
      }
    } catch (error) {
      // If it cannot be truncated, the next frame overwrites it, or it is this file's torn end.
      if (done > 0) ignoringErrors(() => files.truncate(segment.file, segment.written))
      throw error
    }
    segment.written += done
  }

  /** Starts a new file. The file is on the disk before anything is written to it. */
  roll(): Promise<void> {
    this.#rolling ??= this.#begin().finally(() => {
      this.#rolling = undefined
    })
    return this.#rolling
  }

  async #begin(): Promise<void> {
    const { files, folder, heading } = this.#parts
    this.#begun += 1
    const path = join(folder, `${String(this.#begun).padStart(10, '0')}.journal`)
    const file = files.create(path)
    const segment: Segment = {
      path,
      file,
      written: 0,
      synced: 0,
      waiting: 0,
      applied: () => {
        segment.waiting -= 1
        if (segment.waiting === 0) this.#removeApplied()
      },
    }
    try {
      files.write(file, Buffer.alloc(ROOM_BYTES), 0, ROOM_BYTES, 0)
      files.truncate(file, 0)
      this.#writer.begin().ascii(`${heading}\n`)
      this.#append(segment, this.#writer.end(0, 0))
      await files.sync(file)
      await files.syncFolder(folder)
      segment.synced = segment.written
    } catch (error) {
      files.close(file)
      await files.remove(path).catch(this.#parts.onTrouble)
      throw error
    }
    this.#segments.push(segment)
    this.#rollAtBytes = this.#parts.segmentBytes
    this.#readAgainBytes = READ_AGAIN_BYTES
    this.#removeApplied()
  }

  /** Resolves when all earlier writes are on the disk. After a failure, see `distrust`. */
  async sync(): Promise<void> {
    this.#syncs += 1
    try {
      for (const segment of [...this.#segments]) {
        const { written } = segment
        if (written === segment.synced) continue
        await this.#parts.files.sync(segment.file)
        segment.synced = Math.max(segment.synced, written)
      }
    } finally {
      this.#syncs -= 1
      this.#closeRemoved()
    }
  }

  /**
   * A repeated sync after a failure may report success wrongly. So earlier writes are never synced
   * again. They are soon in the database, or read after a crash.
   */
  distrust(): void {
    for (const segment of this.#segments) segment.synced = segment.written
  }

  /** Deletes files whose records are all in the database, oldest first. The last file stays. */
  #removeApplied(): void {
    while (this.#segments.length > 1 && this.#segments[0]?.waiting === 0) this.#removeOldest()
    const [only] = this.#segments
    if (only?.waiting === 0 && only.written >= this.#readAgainBytes) {
      // Tried once for each growth by this much, so a file that cannot be created is not requested
      // more often.
      this.#readAgainBytes = only.written + READ_AGAIN_BYTES
      this.roll().catch(this.#parts.onTrouble)
    }
  }

  #removeOldest(): void {
    const oldest = this.#segments.shift()
    if (!oldest) return
    this.#removed.push(oldest)
    const removing = this.#parts.files
      .remove(oldest.path)
      .catch(this.#parts.onTrouble)
      .finally(() => this.#removing.delete(removing))
    this.#removing.add(removing)
    this.#closeRemoved()
  }

  #closeRemoved(): void {
    if (this.#syncs > 0) return
    for (const { file } of this.#removed.splice(0)) this.#parts.files.close(file)
  }

  /** Closes the files, and deletes those that are not needed. Returns true if none is left. */
  async close(): Promise<boolean> {
    await this.#rolling?.catch(() => undefined)
    while (this.#segments[0]?.waiting === 0) this.#removeOldest()
    for (const { file } of this.#segments) this.#parts.files.close(file)
    await Promise.all(this.#removing)
    return this.#segments.length === 0
  }
}

const sum = (segments: readonly Segment[], of: (segment: Segment) => number): number =>
  segments.reduce((total, segment) => total + of(segment), 0)

const ignoringErrors = (work: () => void): void => {
  try {
    work()
  } catch {
    // The caller already has a failure to report.
  }
}
