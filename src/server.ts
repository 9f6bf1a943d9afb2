export type { AuthenticationOptions } from './http/authentication/authentication.ts'
export {
  type Authorization,
  createAuthorization,
} from './http/authentication/authorization.ts'
export type { JwtOptions } from './http/authentication/jwt.ts'
export type { FailedSignIn } from './http/authentication/sign-in-watch.ts'
export type { DemoMode } from './http/demo-mode.ts'
export {
  createHandler,
  type Handler,
  type HandlerLog,
  type HandlerOptions,
} from './http/handler.ts'
