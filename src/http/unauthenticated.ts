import { TollgateError } from '../contract/errors.ts'
import type { Access } from '../operations/operation.ts'
import { bearerOf } from './authentication/credentials.ts'
import { CRON_HEADER } from './authentication/cron-secret.ts'
import { sessionTokenOf } from './authentication/session-cookie.ts'

/** Headers that other products use for keys. Tollgate does not read them. */
const ELSEWHERE = ['x-api-key', 'api-key', 'x-tollgate-key'] as const

/** Explains what was wrong with a request's credential, without repeating it. */
export const unauthenticated = (request: Request, access: Access): TollgateError =>
  new TollgateError('unauthenticated', { detail: whyNot(request, access) })

const whyNot = (request: Request, access: Access): string => {
  if (request.headers.has('authorization')) {
    return bearerOf(request) === undefined
      ? 'The header Authorization must be "Bearer <key>"'
      : 'The credential in the header Authorization is wrong, revoked or expired'
  }
  if (request.headers.has(CRON_HEADER)) {
    return `The secret in the header ${CRON_HEADER} is not the one in CRON_SECRET`
  }
  if (sessionTokenOf(request) !== undefined) return 'The session is over: sign in again'
  const elsewhere = ELSEWHERE.find((name) => request.headers.has(name))
  if (elsewhere) return `Send a key as "Authorization: Bearer <key>", not in ${elsewhere}`
  return access === 'cron'
    ? `A credential is required: send CRON_SECRET in ${CRON_HEADER} or as "Authorization: ` +
        'Bearer <secret>"'
    : 'A credential is required: send "Authorization: Bearer <key>"'
}
