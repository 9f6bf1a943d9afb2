import type { Grants } from '../../contract/grants.ts'
import type { OpenVerb } from '../open-verb.ts'
import { createGrant } from './create-grant.ts'
import { endGrantOf } from './end-grant.ts'
import { creditBalance, creditMovements, listGrants } from './read-credits.ts'
import { setTopUp } from './set-top-up.ts'

/** Credits beside what plans include. */
export const grantVerbs = (open: OpenVerb): Grants => ({
  create: open(createGrant),
  list: open(listGrants),
  end: open(endGrantOf),
  balance: open(creditBalance),
  movements: open(creditMovements),
  setTopUp: open(setTopUp),
})
