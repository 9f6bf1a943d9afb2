import type { AuditEvent, AuditListInput } from '../contract/audit.ts'
import { invalid } from '../contract/errors.ts'
import type { Page } from '../contract/page.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { opened, type Source } from './source.ts'

/** One act, with the field names of the view `audit_events`. */
export interface AuditLine {
  readonly tenantId: string
  /** The act, as `thing.done`. Capital letters are converted. */
  readonly eventType: string
  readonly category: AuditEvent['category']
  /** The object of the act, as `thing:id`. Default: the tenant. */
  readonly subject?: string
  readonly oldValue?: unknown
  readonly newValue?: unknown
  /** The actor, as `user:id`. Default: the logger's. */
  readonly actor?: string
}

export interface AuditLogger {
  /** Resolves with the entry once it is in the tenant's chain. */
  log(line: AuditLine): Promise<AuditEvent>
  /** Marks an entry as resolved, by its id (`acme:17`), with a note. */
  resolve(id: string, resolution: string): Promise<AuditEvent>
  /** Lists entries, newest first; `filter.cursor` selects the next page. */
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
