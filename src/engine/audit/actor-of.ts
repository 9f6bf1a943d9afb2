import type { CallOptions } from '../../contract/call.ts'

/** Who acts and from where, as an audit entry has it. */
export const actorOf = (
  options: CallOptions = {},
): { readonly actor: string; readonly address: string | null } => ({
  actor: options.actor ?? 'unknown',
  address: options.address ?? null,
})
