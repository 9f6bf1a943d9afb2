/** What happens to a result that is not there all at once. Each is called once at most. */
export interface StreamWatch {
  readonly ended: () => Promise<void>
  readonly broken: (error: unknown) => Promise<void>
  /** Its reader went away before the end. */
  readonly left: () => Promise<void>
}

/** Whether a result goes on after it was given: a stream, an async iterable, or a body. */
export const isStreamed = (result: unknown): boolean =>
  result instanceof ReadableStream ||
  (result instanceof Response && result.body !== null) ||
  isAsyncIterable(result)

/** The same result to its reader, watched to its end. */
export const passedThrough = <Result>(result: Result, watch: StreamWatch): Result => {
  const once = onlyOnce(watch)
  if (result instanceof Response) {
    return new Response(watchedStream(result.body as ReadableStream, once), result) as Result
  }
  if (result instanceof ReadableStream) return watchedStream(result, once) as Result
  return watchedIterable(result as object, once) as Result
}

const onlyOnce = ({ ended, broken, left }: StreamWatch): StreamWatch => {
  let isOver = false
  const first = async (end: () => Promise<void>): Promise<void> => {
    if (isOver) return
    isOver = true
    await end()
  }
  return {
    ended: () => first(ended),
    broken: (error) => first(() => broken(error)),
    left: () => first(left),
  }
}

/** Reads no faster than it is read, and settles before its reader learns that it has ended. */
const watchedStream = (source: ReadableStream, watch: StreamWatch): ReadableStream => {
  const reader = source.getReader()
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          await watch.ended()
          controller.close()
        } catch (error) {
          await watch.broken(error)
          controller.error(error)
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

/** The object itself with its iteration watched: what else it has (`controller`, `tee`) stays. */
const watchedIterable = (source: object, watch: StreamWatch): object =>
  new Proxy(source, {
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

const watchedIterator = (
  iterator: AsyncIterator<unknown>,
  watch: StreamWatch,
): AsyncIterableIterator<unknown> => {
  const step = async (
    taken: Promise<IteratorResult<unknown>>,
  ): Promise<IteratorResult<unknown>> => {
    try {
      const result = await taken
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
    next: (...given) => step(iterator.next(...given)),
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
