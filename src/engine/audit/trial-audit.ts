import type { AuditAdmin, TrialAudit } from '../../contract/audit.ts'
import type { CallOptions } from '../../contract/call.ts'

/**
 * Records the three stages of a trial, each as an entry in the organization's chain.
 *
 * @example
 * ```ts
 * const TrialAudit = createTrialAudit(tollgate, { actor: 'user:42' })
 * await TrialAudit.upgraded(organizationId, 'trial', 'starter')
 * ```
 */
export const createTrialAudit = (
  { admin }: { readonly admin: { readonly audit: Pick<AuditAdmin, 'append'> } },
  options: Pick<CallOptions, 'actor' | 'address'> = {},
): TrialAudit => {
  const write = async (organizationId: string, moment: string, from?: string, to?: string) => {
    const act = {
      category: 'organization' as const,
      action: `trial.${moment}`,
      subject: `organization:${organizationId}`,
      old: from === undefined ? null : { plan: from },
      new: to === undefined ? null : { plan: to },
    }
    await admin.audit.append(organizationId, act, options)
  }
  return {
    created: (organizationId, plan) => write(organizationId, 'created', undefined, plan),
    upgraded: (organizationId, from, to) => write(organizationId, 'upgraded', from, to),
    expired: (organizationId, plan) => write(organizationId, 'expired', plan),
  }
}
