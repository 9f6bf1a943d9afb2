import type { Timers } from '../facade/timers.ts'
import type { ModelCall, ModelEnding } from './model-call.ts'
import type { KnownUse, StreamForm, StreamReader, StreamSource } from './stream-reader.ts'
import type { TokenScan } from './token-scan.ts'
import type { ModelUsage } from './usage/amounts.ts'

export interface MeteredStreamParts<Source, Event, Pass, Chunk> {
  readonly source: StreamSource<Source>
  readonly form: StreamForm<Source, Event, Pass, Chunk>
  readonly reader: StreamReader<Event, Pass>
  readonly call: ModelCall
  readonly scan: TokenScan
  readonly timers: Timers
  readonly idleMs: number
  /** The caller's own signal. Its owner expects the stream to break. */
  readonly signal?: AbortSignal | undefined
  /** The signal of the request that is being served. */
  readonly requestSignal?: AbortSignal | undefined
}

/** The default time without a read after which a stream is ended. */
export const IDLE_MS = 60_000
/** How long a provider may take to close a stream after its last event. */
const CLOSING_MS = 1_000

/**
 * Builds the stream of an answer with its output counted. At the cap, it ends as its protocol does,
 * and the source is cancelled. It is settled before the reader sees the last event, and when it
 * breaks, is abandoned, or is not read for too long.
 */
export const meteredStream = <Source, Event, Pass, Chunk>(
  parts: MeteredStreamParts<Source, Event, Pass, Chunk>,
): ReadableStream<Chunk> => {
  const metered = new MeteredStream(parts)
  return new ReadableStream<Chunk>(
    {
      start: (controller) => metered.start(controller),
      pull: (controller) => metered.pull(controller),
      cancel: (reason) => metered.leave(reason),
    },
    { highWaterMark: 0 },
  )
}

class MeteredStream<Source, Event, Pass, Chunk> {
  readonly #parts: MeteredStreamParts<Source, Event, Pass, Chunk>
  /** Output that was passed on or is held back. */
  #outputTokens = 0
  #isOver = false
  #hasFailed = false
  #cancelIdle: () => void = () => {}
  #unlisten: () => void = () => {}

  constructor(parts: MeteredStreamParts<Source, Event, Pass, Chunk>) {
    this.#parts = parts
  }

  start(controller: ReadableStreamDefaultController<Chunk>): void {
    const { signal, requestSignal, call } = this.#parts
    const signals = [signal, requestSignal, call.hold.signal].filter((one) => one !== undefined)
    const onAbort = () => {
      const aborted = signals.find((one) => one.aborted) as AbortSignal
      this.#break(controller, aborted.reason, aborted !== signal)
    }
    for (const one of signals) one.addEventListener('abort', onAbort)
    this.#unlisten = () => {
      for (const one of signals) one.removeEventListener('abort', onAbort)
    }
    this.#tell()
    this.#watchIdle(controller)
    if (signals.some(({ aborted }) => aborted)) onAbort()
  }

  async pull(controller: ReadableStreamDefaultController<Chunk>): Promise<void> {
    this.#cancelIdle()
    const { source, form } = this.#parts
    try {
      while (!this.#isOver) {
        const { done, value } = await source.read()
        if (this.#isOver) return
        const passed = await this.#passed(form.events(done ? undefined : value))
        const rest = done && !this.#isOver ? form.rest() : undefined
        if (rest !== undefined) passed.push(rest)
        const chunks = form.chunks(passed)
        if (done && !this.#isOver) await this.#end(this.#hasFailed ? 'error' : 'success')
        for (const chunk of chunks) controller.enqueue(chunk)
        if (this.#isOver) controller.close()
        if (chunks.length > 0) break
      }
    } catch (error) {
      if (this.#isOver) return
      await this.#end(this.#isAbort(error) ? 'abort' : 'error')
      controller.error(error)
    } finally {
      if (!this.#isOver) this.#watchIdle(controller)
    }
  }

  async leave(reason: unknown): Promise<void> {
    const cancelled = this.#cancelSource(reason)
    await this.#end('abort')
    await cancelled
  }

  /**
   * Returns what to pass on for some events. Nothing is passed on after the cap or the last event.
   */
  async #passed(events: readonly Event[]): Promise<Pass[]> {
    const { reader, scan } = this.#parts
    const passed: Pass[] = []
    for (const event of events) {
      const { pass, text, isLast, isError } = reader.take(event)
      const outputTokens = text === '' ? this.#outputTokens : scan.add(text)
      const isCovered = this.#isCovered(outputTokens)
      if (!(isCovered === true || (await isCovered))) {
        passed.push(await this.#cut())
        return passed
      }
      this.#outputTokens = outputTokens
      if (isError) this.#hasFailed = true
      this.#tell()
      passed.push(pass)
      if (!isLast) continue
      await this.#end(this.#hasFailed ? 'error' : 'success')
      this.#finish()
      break
    }
    return passed
  }

  /** If the provider reports less input than was held, the difference also covers output. */
  #isCovered(outputTokens: number): boolean | Promise<boolean> {
    const { call, reader } = this.#parts
    const usage = reader.usage()
    if (usage?.isFinal) return true
    const known = usage?.amounts.inputTokens ?? call.request.inputTokens
    return call.cover.reach(outputTokens + known - call.request.inputTokens)
  }

  async #cut(): Promise<Pass> {
    const cancelled = this.#cancelSource('the allowance is used up')
    const used = this.#known()
    await this.#end('success')
    await cancelled
    return this.#parts.reader.ending(used)
  }

  /** Ends the stream from outside, whether or not it is being read. */
  #break(
    controller: ReadableStreamDefaultController<Chunk>,
    reason: unknown,
    bidsFarewell: boolean,
  ): void {
    if (this.#isOver) return
    const { form, reader } = this.#parts
    const farewell = bidsFarewell ? reader.farewell?.(this.#known()) : undefined
    if (farewell === undefined) controller.error(reason)
    else {
      for (const chunk of form.chunks([farewell])) controller.enqueue(chunk)
      controller.close()
    }
    void this.leave(reason)
  }

  #known(): KnownUse {
    const { inputTokens, outputTokens } = this.#usage()
    return {
      inputTokens: inputTokens ?? this.#parts.call.request.inputTokens,
      outputTokens: outputTokens ?? this.#outputTokens,
    }
  }

  #usage(): ModelUsage {
    const { call, reader } = this.#parts
    const told = reader.usage()
    const model = told?.amounts.model ?? reader.model()
    const named = model === undefined ? {} : { model }
    if (told?.isFinal) return { ...told.amounts, ...named }
    return {
      inputTokens: call.request.inputTokens,
      ...told?.amounts,
      outputTokens: Math.max(this.#outputTokens, told?.amounts.outputTokens ?? 0),
      ...named,
    }
  }

  /** A call that failed without output or reported usage costs nothing. */
  #tell(): void {
    const told = this.#parts.reader.usage()
    const isNothing = this.#hasFailed && !told && this.#outputTokens === 0
    if (isNothing) this.#parts.call.forget()
    else this.#parts.call.used(this.#usage(), told?.isFinal !== true)
  }

  async #end(ending: ModelEnding): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    if (ending === 'error') this.#hasFailed = true
    this.#cancelIdle()
    this.#unlisten()
    this.#tell()
    await this.#parts.call.end(ending)
  }

  /** Reads the source to its end, so that its connection can be reused. */
  #finish(): void {
    const { timers, source } = this.#parts
    const cancel = () => void this.#cancelSource()
    const cancelTimer = timers.after(CLOSING_MS, cancel)
    const onEnd = ({ done }: { readonly done: boolean }) => {
      cancelTimer()
      if (!done) cancel()
    }
    source.read().then(onEnd, () => cancelTimer())
  }

  async #cancelSource(reason?: unknown): Promise<void> {
    try {
      await this.#parts.source.cancel(reason)
    } catch {
      // The stream is already broken.
    }
  }

  #watchIdle(controller: ReadableStreamDefaultController<Chunk>): void {
    const { timers, idleMs } = this.#parts
    this.#cancelIdle()
    this.#cancelIdle = timers.after(idleMs, () => {
      const reason = new DOMException('the stream was not read for too long', 'AbortError')
      this.#break(controller, reason, false)
    })
  }

  #isAbort(error: unknown): boolean {
    const { signal, requestSignal } = this.#parts
    const isAborted = signal?.aborted === true || requestSignal?.aborted === true
    return isAborted || (error instanceof Error && error.name === 'AbortError')
  }
}
