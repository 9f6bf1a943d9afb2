/**
 * Reads something for everybody who asks at the same time: whoever asks while a reading is under
 * way gets the next one, which they share. So nobody is told what was so before they asked, nobody
 * waits for more than two readings, and never are two under way.
 */
export class SharedReading<Value> {
  readonly #read: () => Promise<Value>
  #current: Promise<unknown> | undefined
  #next: Promise<Value> | undefined

  constructor(read: () => Promise<Value>) {
    this.#read = read
  }

  get(): Promise<Value> {
    if (!this.#current) return this.#start()
    this.#next ??= this.#current.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  #start(): Promise<Value> {
    const reading = this.#read()
    const settled = reading.then(
      () => {},
      () => {},
    )
    const ended = settled.then(() => {
      if (this.#current === ended && !this.#next) this.#current = undefined
    })
    this.#current = ended
    return reading
  }
}
