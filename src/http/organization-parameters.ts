import { z } from 'zod'
import { organizationIdSchema } from '../contract/text.ts'

/** The path of an operation on one organization. */
export const organizationParameters = z.object({ orgId: organizationIdSchema })
