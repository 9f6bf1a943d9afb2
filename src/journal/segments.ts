import { join } from 'node:path'
import type { JournalFiles } from './files.ts'
import { FrameWriter } from './frame.ts'
import type { LineBytes } from './line-bytes.ts'

/** Where a record lies until it is in the books. */
export interface Place {
  /** It is in the books, or is not meant to be any more. */
  applied(): void
}

export interface SegmentsParts {
  readonly files: JournalFiles
  readonly folder: string
  /** The first line of each file: whose it is. */
  readonly heading: string
  /** A new file is begun when one has so many. */
  readonly segmentBytes: number
  /** A file could not be removed, or a new one not be made where the old one still serves. */
  readonly onTrouble: (error: unknown) => void
}

/** How much must fit for a disk that was full to be of use again. */
const ROOM_BYTES = 64 * 1024

/** How much of what is in the books already may have to be read again after a crash. */
const READ_AGAIN_BYTES = 1024 * 1024

/** One file, and how much of it is what. */
interface Segment extends Place {
  readonly path: string
  readonly file: number
  written: number
  synced: number
  /** Records that are not in the books. */
  waiting: number
}

/** The files of a journal. The oldest goes first, so that one that is missing between two shows. */
export class Segments {
  readonly #parts: SegmentsParts
  readonly #writer = new FrameWriter()
  readonly #segments: Segment[] = []
  /** Gone from the folder, and open until no sync is under way. */
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

  /** What the files hold. */
  get bytes(): number {
    return sum(this.#segments, ({ written }) => written)
  }

  /** Records that are not in the books yet. */
  get waiting(): number {
    return sum(this.#segments, ({ waiting }) => waiting)
  }

  /** The file that is written to. */
  get current(): Place | undefined {
    return this.#segments.at(-1)
  }

  get isSynced(): boolean {
    return this.#segments.every(({ written, synced }) => written === synced)
  }

  /** Where the lines of the next write go, each with its end. */
  begin(): LineBytes {
    return this.#writer.begin()
  }

  /** Writes them at once, so many records; throws when that fails, and then nothing is written. */
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

  /** The frame of so many bytes that was ended last. */
  #append(segment: Segment, length: number): void {
    const { files } = this.#parts
    const { buffer } = this.#writer
    let done = 0
    try {
      while (done < length) {
        done += files.write(segment.file, buffer, done, length, segment.written + done)
      }
    } catch (error) {
      // What cannot be cut off is overwritten by the next frame, or is the torn end of this file.
      if (done > 0) ignoringErrors(() => files.truncate(segment.file, segment.written))
      throw error
    }
    segment.written += done
  }

  /** Begins a new file. It is on the disk before anything is written to it. */
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

  /** Resolves when all that was written before is on the disk. After a failure, see `distrust`. */
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
   * A sync that failed may say that it succeeds when it is asked again, and be wrong. What is
   * written so far is never synced again; it is in the books before long, or read after a crash.
   */
  distrust(): void {
    for (const segment of this.#segments) segment.synced = segment.written
  }

  /** The records that lie here are in the books: all but the last file can go, oldest first. */
  #removeApplied(): void {
    while (this.#segments.length > 1 && this.#segments[0]?.waiting === 0) this.#removeOldest()
    const [only] = this.#segments
    if (only?.waiting === 0 && only.written >= this.#readAgainBytes) {
      // Once for each time that it grows so much: a file that cannot be made is asked for no oftener.
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

  /** Closes the files, and removes those of which nothing is needed; true when none is left. */
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
    // The caller has a failure to tell already.
  }
}
