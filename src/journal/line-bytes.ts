const QUOTE = 0x22
const BACKSLASH = 0x5c
const ZERO = 0x30
const LINE_END = 0x0a
/** From this length on, the runtime's own copying is faster than a loop. */
const LONG = 64
const LOW_DIGITS = 1e8

/**
 * Builds lines in a buffer that is reused and grows. Joining strings and copying them takes several
 * times as long as writing each byte in place.
 */
export class LineBytes {
  #bytes: Buffer
  #length = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  /** The whole buffer, including the bytes after `length`. It is replaced when it grows. */
  get buffer(): Uint8Array {
    return this.#bytes
  }

  get length(): number {
    return this.#length
  }

  /** Starts again after this many bytes, which are left for others. */
  beginAt(length: number): void {
    this.#length = length
  }

  /** Writes the text as it is. It must be ASCII. */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    if (length > LONG) this.#bytes.write(text, this.#length, 'latin1')
    else {
      const bytes = this.#bytes
      const at = this.#length
      for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index)
    }
    this.#length += length
  }

  /** Writes the text as a JSON string in ASCII, with its quotes. */
  quoted(text: string): void {
    const { length } = text
    this.#reserve(length + 2)
    const bytes = this.#bytes
    let at = this.#length
    bytes[at++] = QUOTE
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index)
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) {
        this.ascii(inAscii(JSON.stringify(text)))
        return
      }
      bytes[at++] = unit
    }
    bytes[at++] = QUOTE
    this.#length = at
  }

  /** Writes the digits as JSON has them. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
      this.ascii(String(value))
      return
    }
    this.#reserve(16)
    if (value < LOW_DIGITS) this.#digits(value, 1)
    else {
      const high = Math.floor(value / LOW_DIGITS)
      this.#digits(high, 1)
      this.#digits(value - high * LOW_DIGITS, 8)
    }
  }

  lineEnd(): void {
    this.#reserve(1)
    this.#bytes[this.#length] = LINE_END
    this.#length += 1
  }

  toString(): string {
    return this.#bytes.toString('latin1', 0, this.#length)
  }

  /** Writes a number below 2³¹, with leading zeros up to `atLeast` digits. */
  #digits(value: number, atLeast: number): void {
    let count = 1
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) count += 1
    if (count < atLeast) count = atLeast
    const bytes = this.#bytes
    let rest = value | 0
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0
      bytes[at] = ZERO + rest - next * 10
      rest = next
    }
    this.#length += count
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(needed * 2)
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** JSON in which every character outside of ASCII is escaped. */
export const inAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
