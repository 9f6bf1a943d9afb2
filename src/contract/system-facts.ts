import { z } from 'zod'
import type { CallOptions } from './call.ts'
import { answered } from './schema-names.ts'

export const systemFactsSchema = answered(
  'SystemFacts',
  z.object({
    at: z.iso.datetime(),
    version: z.string().describe('of Tollgate, in the process that answers'),
    store: z.object({
      kind: z.enum(['pglite', 'postgres']),
      version: z.string().describe('of the PostgreSQL that it is, or is made of'),
    }),
    schema: z.object({
      migration: z.string().describe('the latest that was applied'),
      appliedAt: z.iso.datetime(),
    }),
    catalogs: z.array(
      z.object({
        catalog: z.string(),
        version: z.int(),
        since: z.iso.datetime().describe('when this version, with its prices, came into force'),
        modelPrices: z.int().describe("set by it, in place of the price library's"),
      }),
    ),
    configured: z
      .object({
        stripe: z.boolean(),
        redis: z.boolean(),
        journal: z.boolean(),
        webhooks: z.boolean().describe('whether it sends them'),
        mail: z.boolean().describe('whether it sends mail to channels'),
      })
      .describe('in the process that answers'),
    queues: z.object({
      calls: z.int().describe('taken by the process that answers, and not in the books yet'),
      stripe: z.int().describe('acts that are still to be made at Stripe'),
      events: z.int().describe('whose deliveries are still to be written; 10,000 at most'),
      deliveries: z
        .int()
        .describe(
          'of webhooks and channels, which wait for a first or another try; 10,000 at most',
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
