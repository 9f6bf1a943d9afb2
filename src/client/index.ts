/**
 * The engine over HTTP: `createClient()`. Runs in browsers and at the edge, because it only needs
 * `fetch`.
 * @module
 */
export {
  ERRORS,
  type ErrorCode,
  TollgateError,
  type TollgateErrorOptions,
} from '../contract/errors.ts'
export type * from '../contract/types.ts'
export type { ClientClock } from './client-clock.ts'
export { type ClientOptions, createClient, type TollgateClient } from './create-client.ts'
export { type ResponseInfo, responseOf, type TransportOptions } from './transport.ts'
export type { BatchOptions, LostUse } from './use-queue.ts'
