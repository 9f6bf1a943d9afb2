import { apiKeyRotateSchema } from '../contract/api-keys.ts'

/** The shared part of operations that rotate a key. */
export const rotatesKey = {
  method: 'post',
  description:
    'A new key with the same name, scopes and length of life, shown this once. The old one works ' +
    'on for the overlap, a day where none is given: `{}` will do as the body.',
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
  description: 'It opens nothing from now on, in every process within a second.',
  answer: 'The key, revoked.',
  repeat: 'never',
  problems: ['not_found'],
} as const
