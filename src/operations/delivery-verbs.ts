import type { z } from 'zod'
import { storableText } from '../contract/text.ts'
import {
  deliveriesResentSchema,
  deliveryDetailSchema,
  deliveryFilterSchema,
  deliveryPageSchema,
  deliveryResendSchema,
} from '../contract/webhooks.ts'

/** The three verbs of deliveries, which endpoints and channels share. `of` names the recipient. */
export const deliveryVerbs = <Tag extends string, Of extends Record<string, z.ZodType>>(
  tag: Tag,
  of: Of,
  words: { readonly detail: string; readonly resend: string },
) =>
  ({
    lists: {
      method: 'get',
      tag,
      description: 'Latest first. Deliveries are stored for 90 days.',
      params: of,
      query: deliveryFilterSchema,
      output: deliveryPageSchema,
      answer: 'A page of deliveries.',
      repeat: 'read',
      problems: ['not_found'],
    },
    gets: {
      method: 'get',
      tag,
      params: { ...of, deliveryId: storableText(255).describe('the `id` of the delivery') },
      output: deliveryDetailSchema,
      answer: words.detail,
      repeat: 'read',
      problems: ['not_found'],
    },
    resends: {
      method: 'post',
      tag,
      description: words.resend,
      params: of,
      body: deliveryResendSchema,
      example: { from: '2026-03-10T00:00:00Z', to: '2026-03-11T00:00:00Z' },
      output: deliveriesResentSchema,
      answer: 'The number of deliveries to send.',
      repeat: 'never',
      problems: ['not_found', 'unprocessable'],
    },
  }) as const
