import { invalid } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'

/** The key that a page of keys begins after, by the cursor that was given. */
export const keyCursor = (cursor: string | undefined): string | undefined => {
  if (cursor !== undefined && !isUuid(cursor)) {
    throw invalid({ field: 'cursor', message: 'is not one of this list' })
  }
  return cursor
}
