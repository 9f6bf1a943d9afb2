import { ThrownAnswer } from '../fetch-answer.ts'

/**
 * `redirect()` answers by throwing. That is not a failure, and Next must receive the thrown value.
 */
export const orRedirect = async <Answer>(
  work: () => Answer | Promise<Answer>,
): Promise<Answer | ThrownAnswer> => {
  try {
    return await work()
  } catch (error) {
    if (isRedirect(error)) return new ThrownAnswer(error)
    throw error
  }
}

const isRedirect = (error: unknown): boolean =>
  String((error as { readonly digest?: unknown } | null)?.digest).startsWith('NEXT_REDIRECT')
