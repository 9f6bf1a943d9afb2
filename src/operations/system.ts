import { z } from 'zod'
import { systemFactsSchema } from '../contract/system-facts.ts'
import { operation } from './operation.ts'

export const systemOperations = [
  operation({
    name: 'system.get',
    method: 'get',
    path: '/api/admin/system',
    right: 'admin',
    tag: 'Operation',
    summary: 'Get how the system is set up',
    description: 'Storage, versions, catalogs in force, what is configured, and what waits.',
    query: z.strictObject({}),
    output: systemFactsSchema,
    answer: 'As it is now.',
    repeat: 'read',
  }),
] as const
