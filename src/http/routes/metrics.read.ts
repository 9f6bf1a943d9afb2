import { defineRoute } from '../route.ts'

/** Figures for Prometheus; with the admin key, as they tell how much business there is. */
export const metricsRead = defineRoute({
  operationId: 'metrics.read',
  method: 'get',
  path: '/metrics',
  access: 'admin',
  tag: 'Operation',
  summary: 'Figures for Prometheus',
  answers: { 200: { description: 'Counters and gauges.', mediaType: 'text/plain' } },
  run: async (call) =>
    new Response(await call.metrics.text(), {
      headers: { 'content-type': call.metrics.contentType },
    }),
})
