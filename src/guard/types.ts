/** The types that every framework adapter exports. */
export type { ErrorCode, TollgateError, TollgateErrorOptions } from '../contract/errors.ts'
export type * from '../contract/types.ts'
export type { CurrentCall } from './current-call.ts'
export type { Metered, MeteredRoute } from './metered.ts'
export type { Gate, GateSource, Given, Identity, MeterMode, MeterOptions } from './options.ts'
