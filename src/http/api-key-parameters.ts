import { organizationParameters } from './organization-parameters.ts'
import { idParameterSchema } from './parameters.ts'

/** The path of an operation on one API key. */
export const apiKeyParameters = organizationParameters.extend({
  keyId: idParameterSchema.describe('the `id` of the key'),
})
