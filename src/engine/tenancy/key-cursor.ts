import { invalid } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'

/** The key after which a page starts, from the given cursor. */
export const keyCursor = (cursor: string | undefined): string | undefined => {
  if (cursor !== undefined && !isUuid(cursor)) {
    throw invalid({ field: 'cursor', message: 'is not one of this list' })
  }
  return cursor
}
