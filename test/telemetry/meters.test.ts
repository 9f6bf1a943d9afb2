import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { createTestTollgate } from '../../src/testing/index.ts'

it('sends decisions, their duration and use to the OpenTelemetry meter', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  const { tollgate } = await createTestTollgate()
  await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' })
  const call = { organizationId: 'acme', eventType: 'chat_message', quantities: { tokens: 1 } }
  await tollgate.track(call)
  await tollgate.track({ ...call, quantities: { tokens: 1e9 } })
  await provider.forceFlush()
  const told = new Map(
    exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({
          ...attributes,
          value: typeof value === 'number' ? value : (value as { count: number }).count,
        })),
      ]),
  )
  expect(told.get('tollgate.decisions')).toEqual(
    expect.arrayContaining([
      { outcome: 'allowed', path: 'strict', value: 1 },
      { outcome: 'refused', path: 'strict', value: 1 },
    ]),
  )
  expect(told.get('tollgate.decision.duration')).toEqual([{ verb: 'track', value: 2 }])
  expect(told.get('tollgate.events.recorded')).toEqual([{ value: 1 }])
  await tollgate.close()
  await provider.shutdown()
})
