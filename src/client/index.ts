/**
 * The engine behind HTTP: `createClient()`. Safe in a browser and at the edge: needs `fetch` alone.
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
