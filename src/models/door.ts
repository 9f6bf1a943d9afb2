/** The exports that all model entry points share. */
export {
  ERRORS,
  type ErrorCode,
  TollgateError,
  type TollgateErrorOptions,
} from '../contract/errors.ts'
export type * from '../contract/types.ts'
export { TollgateRefusal } from '../decision/refusal.ts'
export type { ModelGate, ModelMeterOptions } from './meter-options.ts'
export type { CountTokens } from './token-scan.ts'
