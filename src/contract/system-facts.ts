import { z } from 'zod'
import type { CallOptions } from './call.ts'
import { answered } from './schema-names.ts'

export const systemFactsSchema = answered(
  'SystemFacts',
  z.object({
    at: z.iso.datetime(),
    version: z.string().describe('the version of Tollgate in the answering process'),
    store: z.object({
      kind: z.enum(['pglite', 'postgres']),
      version: z.string().describe('the version of PostgreSQL, also when it is embedded'),
    }),
    schema: z.object({
      migration: z.string().describe('the latest applied migration'),
      appliedAt: z.iso.datetime(),
    }),
    catalogs: z.array(
      z.object({
        catalog: z.string(),
        version: z.int(),
        since: z.iso.datetime().describe('when this version, with its prices, came into force'),
        modelPrices: z.int().describe('the number of prices that override the price library'),
      }),
    ),
    configured: z
      .object({
        stripe: z.boolean(),
        redis: z.boolean(),
        journal: z.boolean(),
        webhooks: z.boolean().describe('whether webhooks are configured'),
        mail: z.boolean().describe('whether mail to channels is configured'),
      })
      .describe('the configuration of the answering process'),
    isDemo: z
      .boolean()
      .describe('true: an open organization was created by the demo, with invented traffic'),
    queues: z.object({
      calls: z.int().describe('calls that the answering process accepted and has not written yet'),
      stripe: z.int().describe('requests that are still to be sent to Stripe'),
      events: z
        .int()
        .describe('events whose deliveries are still to be created; counted up to 10,000'),
      deliveries: z
        .int()
        .describe(
          'deliveries of webhooks and channels that wait for a first or another try; counted ' +
            'up to 10,000',
        ),
    }),
  }),
)
export type SystemFacts = z.output<typeof systemFactsSchema>

/** Facts about the installation. */
export interface System {
  /** Returns storage, versions, configuration, and pending work. */
  get(input?: Record<never, never>, options?: CallOptions): Promise<SystemFacts>
}
