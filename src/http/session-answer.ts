import type { z } from 'zod'
import type { sessionSchema } from '../contract/authentication.ts'
import type { Identity } from './authentication/authentication.ts'

/** Who somebody is, as they are told it. */
export const describeIdentity = ({
  principal,
  session,
}: Identity): z.output<typeof sessionSchema> => ({
  kind: principal.kind,
  actor: principal.actor,
  ...('userId' in principal && { userId: principal.userId }),
  ...('organizationId' in principal && { organizationId: principal.organizationId }),
  ...('scopes' in principal && { scopes: [...principal.scopes] }),
  ...(session && { expiresAt: session.expiresAt.toISOString(), csrfToken: session.csrfToken }),
})
