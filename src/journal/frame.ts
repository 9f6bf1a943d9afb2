import { crc32 } from 'node:zlib'
import { LineBytes } from './line-bytes.ts'

/**
 * The format of records in a file: one frame after the other, each with the records of one write. A
 * frame is:
 * | bytes | content |
 * |---|---|
 * | 4 | `TGJ1` |
 * | 4 | length of the text in bytes |
 * | 4 | the same with every bit inverted |
 * | 4 | CRC-32 of all that follows |
 * | 8 | number of its first record, from 0, over the life of the writing process |
 * | 4 | number of records |
 * | length | the records, as lines of JSON in ASCII, each with its line end |
 *
 * Numbers are unsigned and little-endian. The last byte of a frame is never zero. So a frame with a
 * missing end differs from one that was changed.
 */
export const FRAME_HEADER_BYTES = 28
export const FRAME_MAGIC = 0x314a4754

export interface FrameHeader {
  readonly length: number
  readonly first: number
  readonly count: number
}

/** The CRC covers the bytes from here on. */
const CHECKED_FROM = 16

/** Writes frames into one buffer that it reuses, so that a write allocates next to nothing. */
export class FrameWriter {
  readonly #lines = new LineBytes(64 * 1024)

  /** Starts with the frame that was ended last. */
  get buffer(): Buffer {
    // It is a Buffer. The declaration does not say so, since hosts may lack Node's types.
    return this.#lines.buffer as Buffer
  }

  /** Starts a frame. Returns where to write its lines, each with its end. */
  begin(): LineBytes {
    this.#lines.beginAt(FRAME_HEADER_BYTES)
    return this.#lines
  }

  /** Ends the frame and returns its length. The frame is valid until the next one starts. */
  end(first: number, count: number): number {
    const { buffer } = this
    const whole = this.#lines.length
    const length = whole - FRAME_HEADER_BYTES
    buffer.writeUInt32LE(FRAME_MAGIC, 0)
    buffer.writeUInt32LE(length, 4)
    buffer.writeUInt32LE(~length >>> 0, 8)
    buffer.writeUInt32LE(first % 2 ** 32, 16)
    buffer.writeUInt32LE(Math.floor(first / 2 ** 32), 20)
    buffer.writeUInt32LE(count, 24)
    buffer.writeUInt32LE(crc32(buffer.subarray(CHECKED_FROM, whole)), 12)
    return whole
  }
}

/**
 * The header at a place; undefined if there is none. Only the text's checksum shows whether it is
 * right.
 */
export const readHeader = (bytes: Buffer, at: number): FrameHeader | undefined => {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined
  if (bytes.readUInt32LE(at) !== FRAME_MAGIC) return undefined
  const length = bytes.readUInt32LE(at + 4)
  if (bytes.readUInt32LE(at + 8) !== ~length >>> 0) return undefined
  return {
    length,
    first: bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20) * 2 ** 32,
    count: bytes.readUInt32LE(at + 24),
  }
}

/** The text of a frame; undefined if its checksum is wrong. */
export const readText = (bytes: Buffer, at: number, header: FrameHeader): string | undefined => {
  const text = at + FRAME_HEADER_BYTES
  const end = text + header.length
  if (end > bytes.length) return undefined
  const check = crc32(bytes.subarray(at + CHECKED_FROM, end))
  return check === bytes.readUInt32LE(at + 12) ? bytes.toString('latin1', text, end) : undefined
}
