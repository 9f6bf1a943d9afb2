import { apiKeyRotateSchema } from '../contract/api-keys.ts'

/** The shared part of operations that rotate a key. */
export const rotatesKey = {
  method: 'post',
  description:
    'Creates a key with the same name, scopes and lifetime. Only this answer contains it. The ' +
    'old key keeps working for the overlap, by default a day; the body may be `{}`.',
  body: apiKeyRotateSchema,
  example: { overlapSeconds: 3_600 },
  answer: 'The new key.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
  http: { status: 201 },
} as const

/**
 * The shared part of operations that revoke a key, except for keys whose sessions end with them.
 */
export const revokesKey = {
  method: 'delete',
  description: 'Every process refuses the key within a second.',
  answer: 'The revoked key.',
  repeat: 'never',
  problems: ['not_found'],
} as const
