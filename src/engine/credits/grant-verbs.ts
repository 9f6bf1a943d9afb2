import type { Grants } from '../../contract/grants.ts'
import type { Context } from '../context.ts'
import { createGrant } from './create-grant.ts'
import { endGrantOf } from './end-grant.ts'
import { creditBalance, creditMovements, listGrants } from './read-credits.ts'
import { setTopUp } from './set-top-up.ts'

type Open = <Args extends unknown[], Result>(
  verb: (ctx: Context, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

/** Credits beside what plans include. */
export const grantVerbs = (open: Open): Grants => ({
  create: open(createGrant),
  list: open(listGrants),
  end: open(endGrantOf),
  balance: open(creditBalance),
  movements: open(creditMovements),
  setTopUp: open(setTopUp),
})
