import type { CallOptions } from '../contract/call.ts'

/** How a call is made, with what the entry and the door know of whoever makes it. */
export interface Acting extends CallOptions {
  /** The user in whose name alone the caller may use something; not given: in anybody's. */
  readonly onlyUser?: string | undefined
  /** Whether the door has an admin key that its configuration names, and no table. */
  readonly hasConfiguredKey?: boolean | undefined
}
