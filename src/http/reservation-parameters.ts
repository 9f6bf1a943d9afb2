import { z } from 'zod'
import { idParameterSchema } from './parameters.ts'

/** The path of an operation on one reservation. */
export const reservationParameters = z.object({
  id: idParameterSchema.describe('the `reservationId` of the decision'),
})
