import { z } from 'zod'

/**
 * The names of schemas in the OpenAPI document. Registries of our own: zod's global one is shared
 * with the schemas of the host. Filled while modules load, and never changed after that.
 */
export const SENT_NAMES = z.registry<{ id: string }>()
export const ANSWERED_NAMES = z.registry<{ id: string }>()

/** Names what callers send. */
export const sent = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  SENT_NAMES.add(schema, { id })
  return schema
}

/** Names what is answered. */
export const answered = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  ANSWERED_NAMES.add(schema, { id })
  return schema
}
