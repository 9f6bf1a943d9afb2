import { isMissing } from './outcome-of-error.ts'

/** Of what Stripe gives whole or as its id. */
export const idOf = (given: string | { readonly id: string }): string =>
  typeof given === 'string' ? given : given.id

/** What was asked for; undefined where there is no such thing. */
export const orUndefined = async <Value>(asked: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
