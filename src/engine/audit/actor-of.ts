import type { CallOptions } from '../../contract/call.ts'

/** The actor and address of a call, as an audit entry stores them. */
export const actorOf = (
  options: CallOptions = {},
): { readonly actor: string; readonly address: string | null } => ({
  actor: options.actor ?? 'unknown',
  address: options.address ?? null,
})
