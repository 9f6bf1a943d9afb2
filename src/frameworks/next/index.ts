/**
 * Next.js: `metered` for route handlers, `meteredAction` for server actions, `shared` for one
 * engine per process, `withTollgate` for the configuration, `toNextHandler` for Tollgate's own
 * HTTP.
 * @module
 */
export type { ErrorProblem } from '../../decision/error-problem.ts'
export type { RefusalProblem } from '../../decision/response.ts'
export type * from '../../guard/types.ts'
export {
  type ByApiKeyOptions,
  byApiKey,
  type EngineSource,
  type KeyedRequest,
} from '../by-api-key.ts'
export type { NodeRequest } from '../node-answer.ts'
export { type ActionRefused, meteredAction } from './action.ts'
export { withTollgate } from './config.ts'
export { type NextHandlers, toNextHandler } from './handler.ts'
export { type MeteredHandler, metered, type RouteContext, withApiKey } from './metered.ts'
export { shared } from './shared.ts'
