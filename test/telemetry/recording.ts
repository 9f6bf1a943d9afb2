import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

/** Sets up an SDK that stores every span, like a host's SDK that exports them. */
export const recordSpans = (): InMemorySpanExporter => {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
  return exporter
}

const byStart = (one: ReadableSpan, other: ReadableSpan): number =>
  one.startTime[0] - other.startTime[0] || one.startTime[1] - other.startTime[1]

/** A parent's spans as a tree, in start order. */
export const treeOf = (spans: readonly ReadableSpan[], parentId?: string): readonly string[] =>
  spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parentId)
    .toSorted(byStart)
    .flatMap((span) => [
      span.name,
      ...treeOf(spans, span.spanContext().spanId).map((line) => `  ${line}`),
    ])
