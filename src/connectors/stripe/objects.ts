import { isMissing } from './outcome-of-error.ts'

/** The id of a reference that Stripe returns as the whole object or as its id. */
export const idOf = (given: string | { readonly id: string }): string =>
  typeof given === 'string' ? given : given.id

/** The result of a request; undefined if there is no such object. */
export const orUndefined = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
