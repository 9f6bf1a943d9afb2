import type { AuditEvent, AuditListInput } from '../contract/audit.ts'
import { invalid } from '../contract/errors.ts'
import type { Page } from '../contract/page.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { opened, type Source } from './source.ts'

/** One act, by the names that the view `audit_events` has. */
export interface AuditLine {
  readonly tenantId: string
  /** What was done, as `thing.done`; capitals become small letters. */
  readonly eventType: string
  readonly category: AuditEvent['category']
  /** What it was done to, as `thing:id`. Default: the tenant. */
  readonly subject?: string
  readonly oldValue?: unknown
  readonly newValue?: unknown
  /** Who did it, as `user:id`. Default: that of the logger. */
  readonly actor?: string
}

export interface AuditLogger {
  /** Resolves with the entry when it stands in the tenant's chain. */
  log(line: AuditLine): Promise<AuditEvent>
  /** Says of an entry, by its id (`acme:17`), that it was dealt with, and how. */
  resolve(id: string, resolution: string): Promise<AuditEvent>
  /** A page, newest first; `filter.cursor` asks for the next. */
  list(tenantId: string, filter?: AuditListInput): Promise<Page<AuditEvent>>
}

export const auditLoggerOf = (
  source: Source<Pick<Tollgate, 'audit'>>,
): (new (options?: {
  readonly actor?: string
}) => AuditLogger) =>
  class implements AuditLogger {
    readonly #actor: string | undefined

    constructor({ actor }: { readonly actor?: string } = {}) {
      this.#actor = actor
    }

    async log(line: AuditLine): Promise<AuditEvent> {
      const { tenantId, eventType, category, oldValue, newValue, actor = this.#actor } = line
      const { audit } = await opened(source)
      return audit.append({
        organizationId: tenantId,
        action: eventType.toLowerCase(),
        category,
        subject: line.subject ?? `organization:${tenantId}`,
        ...(oldValue !== undefined && { old: oldValue }),
        ...(newValue !== undefined && { new: newValue }),
        ...(actor !== undefined && { actor }),
      })
    }

    async resolve(id: string, resolution: string): Promise<AuditEvent> {
      const [, organizationId, sequence] = /^(.+):(\d{1,15})$/.exec(id) ?? []
      if (organizationId === undefined) {
        throw invalid({ field: 'id', message: 'must be as `acme:17`' })
      }
      const { audit } = await opened(source)
      return audit.resolve({ organizationId, sequence: Number(sequence), note: resolution })
    }

    async list(tenantId: string, filter: AuditListInput = {}) {
      const { audit } = await opened(source)
      return audit.list({ ...filter, organizationId: tenantId })
    }
  }
