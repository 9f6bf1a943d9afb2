import { organizationParameters } from './organization-parameters.ts'
import { idParameterSchema } from './parameters.ts'

/** The path of an operation on one member. */
export const memberParameters = organizationParameters.extend({ userId: idParameterSchema })
