import { crc32 } from 'node:zlib'

/**
 * How records lie in a file: frames one after the other, each the records of one write. A frame is
 *
 * | bytes | what |
 * |---|---|
 * | 4 | `TGJ1` |
 * | 4 | length of the text in bytes |
 * | 8 | number of its first record, from 0, in the life of the process that writes |
 * | 4 | how many records |
 * | 4 | CRC-32 of the text |
 * | 4 | CRC-32 of the 24 bytes before |
 * | length | the records, as lines of JSON in UTF-8, each with its line's end |
 *
 * Numbers are unsigned and little-endian. The last byte of a frame is never zero, so that a frame of
 * which the end is missing can be told from one that was changed.
 */
export const FRAME_HEADER_BYTES = 28
export const FRAME_MAGIC = 0x314a4754

export interface FrameHeader {
  readonly length: number
  readonly first: number
  readonly count: number
  readonly check: number
}

/** Writes frames into a buffer that it keeps, so that a write allocates nothing. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024)

  /** The frame, good until the next call. */
  write(text: string, first: number, count: number): Buffer {
    const most = FRAME_HEADER_BYTES + text.length * 3
    if (this.#buffer.length < most) this.#buffer = Buffer.allocUnsafeSlow(most * 2)
    const buffer = this.#buffer
    const length = buffer.write(text, FRAME_HEADER_BYTES, 'utf8')
    const whole = FRAME_HEADER_BYTES + length
    buffer.writeUInt32LE(FRAME_MAGIC, 0)
    buffer.writeUInt32LE(length, 4)
    buffer.writeUInt32LE(first % 2 ** 32, 8)
    buffer.writeUInt32LE(Math.floor(first / 2 ** 32), 12)
    buffer.writeUInt32LE(count, 16)
    buffer.writeUInt32LE(crc32(buffer.subarray(FRAME_HEADER_BYTES, whole)), 20)
    buffer.writeUInt32LE(crc32(buffer.subarray(0, 24)), 24)
    return buffer.subarray(0, whole)
  }
}

/** The header at a place; undefined where there is none, or it is not as it was written. */
export const readHeader = (bytes: Buffer, at: number): FrameHeader | undefined => {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined
  if (bytes.readUInt32LE(at) !== FRAME_MAGIC) return undefined
  if (crc32(bytes.subarray(at, at + 24)) !== bytes.readUInt32LE(at + 24)) return undefined
  return {
    length: bytes.readUInt32LE(at + 4),
    first: bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12) * 2 ** 32,
    count: bytes.readUInt32LE(at + 16),
    check: bytes.readUInt32LE(at + 20),
  }
}

/** The text of a frame; undefined when it is not as it was written. */
export const readText = (bytes: Buffer, at: number, header: FrameHeader): string | undefined => {
  const from = at + FRAME_HEADER_BYTES
  const text = bytes.subarray(from, from + header.length)
  if (text.length !== header.length || crc32(text) !== header.check) return undefined
  return text.toString('utf8')
}
