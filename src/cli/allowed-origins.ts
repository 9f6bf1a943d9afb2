import { listOf } from '../http/authentication/from-environment.ts'
import { isOrigin } from '../http/cross-origin.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

const VARIABLE = 'TOLLGATE_ALLOWED_ORIGINS'

/**
 * Reads the origins whose pages may call from a browser. An invalid one is refused with a sentence.
 */
export const allowedOrigins = (env: CliContext['env']): readonly string[] => {
  const origins = listOf(env[VARIABLE]) ?? []
  const wrong = origins.find((origin) => !isOrigin(origin))
  if (wrong === undefined) return origins
  throw new CliFailure(
    `${VARIABLE}: "${wrong}" is not an origin, such as https://app.example.com, without a path.`,
  )
}
