/**
 * The engine over HTTP: `createHandler(tollgate)`.
 * @module
 */

export type { Decision } from './contract/decision.ts'
export type { Principal } from './contract/tenancy.ts'
export type { TollgateEngine } from './contract/tollgate.ts'
export type { Call } from './contract/usage.ts'
export type { LeakyRate } from './core/leaky-bucket.ts'
export type { Right } from './core/rights.ts'
export type { AuthenticationOptions } from './http/authentication/authentication.ts'
export {
  type Administrator,
  type Authorization,
  createAuthorization,
  type HostHandler,
  type KeyHolder,
} from './http/authentication/authorization.ts'
export type { ClientAddress } from './http/authentication/client-address.ts'
export type { AttemptLimits } from './http/authentication/failed-attempts.ts'
export { authenticationFrom, type Environment } from './http/authentication/from-environment.ts'
export type {
  AdminRules,
  JwtIssuer,
  JwtOptions,
  KeyPairAlgorithm,
} from './http/authentication/jwt.ts'
export type { CredentialKind } from './http/authentication/proof.ts'
export { createSignInCodes, type SignInCodes } from './http/authentication/sign-in-codes.ts'
export type { FailedSignIn, SignInWatchOptions } from './http/authentication/sign-in-watch.ts'
export type { DemoMode } from './http/demo-mode.ts'
export type { ExportLimits } from './http/export-slots.ts'
export {
  createHandler,
  type Handler,
  type HandlerLog,
  type HandlerOptions,
} from './http/handler.ts'
export type { McpOptions } from './http/mcp-door.ts'
