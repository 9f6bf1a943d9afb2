import { z } from 'zod'

/**
 * The names of schemas in the OpenAPI document. Tollgate has its own registries, because the host's
 * schemas share zod's global one. They are filled when modules load and never change after that.
 */
export const SENT_NAMES = z.registry<{ id: string }>()
export const ANSWERED_NAMES = z.registry<{ id: string }>()

/** Names a schema of a request. */
export const sent = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  SENT_NAMES.add(schema, { id })
  return schema
}

/** Names a schema of an answer. */
export const answered = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  ANSWERED_NAMES.add(schema, { id })
  return schema
}
