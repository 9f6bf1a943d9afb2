import type { CallOptions } from '../contract/call.ts'

/** The options of a call, with what the entry and the door know of the caller. */
export interface Acting extends CallOptions {
  /** The only user for whom the caller may use something. Undefined: any user. */
  readonly onlyUser?: string | undefined
  /** Whether the door has an admin key from its configuration, which is in no table. */
  readonly hasConfiguredKey?: boolean | undefined
}
