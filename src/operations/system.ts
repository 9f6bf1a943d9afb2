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
    summary: "Get the system's setup",
    description: 'Storage, versions, catalogs in force, configuration, and pending work.',
    query: z.strictObject({}),
    output: systemFactsSchema,
    answer: 'The current setup.',
    repeat: 'read',
  }),
] as const
