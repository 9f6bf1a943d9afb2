/** Callbacks for a result that arrives in pieces. */
export interface StreamWatch {
  /** At most one of `ended`, `broken` and `left` is called, once. */
  readonly ended: () => Promise<void>
  readonly broken: (error: unknown) => Promise<void>
  /** The reader left before the end, or was stopped. */
  readonly left: () => Promise<void>
  /** The reader waits for the next piece. */
  readonly reading: () => void
  /** The piece was delivered and nobody waits. */
  readonly read: () => void
  /** Stops the result and cancels its source, whether or not it is being read. */
  readonly stop: readonly AbortSignal[]
}

/** True when a result continues after it is returned: a stream, an async iterable, or a body. */
export const isStreamed = (result: unknown): boolean =>
  result instanceof ReadableStream ||
  (isResponse(result) && result.body !== null) ||
  isAsyncIterable(result)

/** Not only `instanceof`, because some servers replace the global class with their own. */
export const isResponse = (value: unknown): value is Response =>
  value instanceof Response || Object.prototype.toString.call(value) === '[object Response]'

/** Returns the same result to its reader and watches it to its end. */
export const passedThrough = <Result>(result: Result, watch: StreamWatch): Result => {
  const once = new Watched(watch)
  if (isResponse(result)) {
    const body = watchedStream(result.body as ReadableStream, once)
    return new Response(body, result) as Result
  }
  if (result instanceof ReadableStream) return watchedStream(result, once) as Result
  return watchedIterable(result as object, once) as Result
}

/** Reports only the first end, however many follow. */
class Watched {
  readonly #watch: StreamWatch
  #isOver = false
  #unlisten: () => void = () => {}

  constructor(watch: StreamWatch) {
    this.#watch = watch
  }

  ended(): Promise<void> {
    return this.#first(() => this.#watch.ended())
  }

  broken(error: unknown): Promise<void> {
    return this.#first(() => this.#watch.broken(error))
  }

  left(): Promise<void> {
    return this.#first(() => this.#watch.left())
  }

  async next<Piece>(taken: () => PromiseLike<Piece>): Promise<Piece> {
    this.#watch.reading()
    try {
      return await taken()
    } finally {
      this.#watch.read()
    }
  }

  /** Needed because nobody may be reading when the signal comes. */
  onStop(stopped: (reason: unknown) => void): void {
    const { stop } = this.#watch
    const listener = () => {
      const { reason } = stop.find(({ aborted }) => aborted) as AbortSignal
      void this.left()
      stopped(reason)
    }
    if (stop.some(({ aborted }) => aborted)) {
      listener()
      return
    }
    for (const signal of stop) signal.addEventListener('abort', listener)
    this.#unlisten = () => {
      for (const signal of stop) signal.removeEventListener('abort', listener)
    }
  }

  async #first(end: () => Promise<void>): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#unlisten()
    await end()
  }
}

/** Reads the source only on demand, and settles before the reader sees the end. */
const watchedStream = (source: ReadableStream, watch: Watched): ReadableStream => {
  const reader = source.getReader()
  let isStopped = false
  return new ReadableStream(
    {
      start: (controller) => {
        watch.onStop((reason) => {
          isStopped = true
          controller.error(reason)
          reader.cancel(reason).catch(() => {})
        })
      },
      pull: async (controller) => {
        try {
          const { done, value } = await watch.next(() => reader.read())
          if (isStopped) return
          if (!done) return controller.enqueue(value)
          await watch.ended()
          controller.close()
        } catch (error) {
          await watch.broken(error)
          if (!isStopped) controller.error(error)
        }
      },
      cancel: async (reason) => {
        await reader.cancel(reason)
        await watch.left()
      },
    },
    { highWaterMark: 0 },
  )
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** Returns the same object with its iteration watched. Other members (`controller`, `tee`) stay. */
const watchedIterable = (source: object, watch: Watched): object => {
  // Closes the unread source, if it has a `return` method.
  watch.onStop(() => {
    const { return: close } = source as Partial<AsyncIterator<unknown>>
    close?.call(source)?.catch(() => {})
  })
  return new Proxy(source, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      if (key === Symbol.asyncIterator) {
        return () => watchedIterator(value.call(target) as AsyncIterator<unknown>, watch)
      }
      // A generator is its own iterator.
      if (key === 'next' || key === 'return' || key === 'throw') {
        const iterator = watchedIterator(target as AsyncIterator<unknown>, watch)
        return iterator[key]?.bind(iterator)
      }
      return value.bind(target)
    },
  })
}

const watchedIterator = (
  iterator: AsyncIterator<unknown>,
  watch: Watched,
): AsyncIterableIterator<unknown> => {
  const step = async (
    taken: () => Promise<IteratorResult<unknown>>,
  ): Promise<IteratorResult<unknown>> => {
    try {
      const result = await watch.next(taken)
      if (result.done) await watch.ended()
      return result
    } catch (error) {
      await watch.broken(error)
      throw error
    }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: (...given) => step(() => iterator.next(...given)),
    return: async (value) => {
      const result = (await iterator.return?.(value)) ?? { done: true as const, value }
      await watch.left()
      return result
    },
    throw: async (error) => {
      await watch.broken(error)
      if (iterator.throw) return iterator.throw(error)
      throw error
    },
  }
}
