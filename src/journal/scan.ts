import { FRAME_HEADER_BYTES, FRAME_MAGIC, readHeader, readText } from './frame.ts'

/** A flaw of a file and its position. `bytes` are those that form no valid frame. */
export type Flaw =
  /** The last frame was not written to its end, so no caller was told that it was. */
  | { readonly kind: 'torn'; readonly position: number; readonly bytes: Buffer }
  /** Bytes differ from those that were written. */
  | { readonly kind: 'damaged'; readonly position: number; readonly bytes: Buffer }
  /** Records between two valid frames are missing. */
  | { readonly kind: 'missing'; readonly position: number; readonly records: number }

export interface Scanned {
  /** The file's heading: its first frame, which counts no record. */
  readonly heading: string | undefined
  /** Every valid record, in order. */
  readonly lines: readonly string[]
  readonly flaws: readonly Flaw[]
  /** The number after the last record; undefined if there is none. */
  readonly next: number | undefined
}

/** Reads a file of frames. After damaged bytes it continues with the next valid frame. */
export const scan = (bytes: Buffer, expected?: number): Scanned => {
  const lines: string[] = []
  const flaws: Flaw[] = []
  const end = writtenBytes(bytes)
  let heading: string | undefined
  let next = expected
  let at = 0
  while (at < end) {
    const frame = frameAt(bytes, at)
    if (frame) {
      const { header, text } = frame
      if (header.count === 0) heading ??= text.slice(0, -1)
      else {
        if (next !== undefined && header.first !== next) {
          flaws.push({ kind: 'missing', position: at, records: header.first - next })
        }
        for (const line of text.slice(0, -1).split('\n')) lines.push(line)
        next = header.first + header.count
      }
      at += FRAME_HEADER_BYTES + header.length
      continue
    }
    if (isCutShort(bytes, at, end)) {
      flaws.push({ kind: 'torn', position: at, bytes: bytes.subarray(at, end) })
      break
    }
    const resumed = nextFrame(bytes, at + 1, end)
    flaws.push({ kind: 'damaged', position: at, bytes: bytes.subarray(at, resumed) })
    at = resumed
  }
  return { heading, lines, flaws, next }
}

const frameAt = (bytes: Buffer, at: number) => {
  const header = readHeader(bytes, at)
  const text = header && readText(bytes, at, header)
  return header && text !== undefined ? { header, text } : undefined
}

/**
 * Ends at the last byte that is not zero: a file may have been extended beyond what was written.
 */
const writtenBytes = (bytes: Buffer): number => {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return end
}

/** Whether the bytes are the start of a frame whose end was never written. */
const isCutShort = (bytes: Buffer, at: number, end: number): boolean => {
  const header = readHeader(bytes, at)
  if (header) return end < at + FRAME_HEADER_BYTES + header.length
  if (end - at >= FRAME_HEADER_BYTES) return false
  return magicBytes.subarray(0, end - at).equals(bytes.subarray(at, Math.min(end, at + 4)))
}

const magicBytes = Buffer.alloc(4)
magicBytes.writeUInt32LE(FRAME_MAGIC)

/** The start of the next valid frame, or the end. */
const nextFrame = (bytes: Buffer, from: number, end: number): number => {
  for (let at = bytes.indexOf(magicBytes, from); at >= 0; at = bytes.indexOf(magicBytes, at + 1)) {
    if (at >= end) break
    if (frameAt(bytes, at)) return at
  }
  return end
}
