import type { Return } from '../authority.ts'
import { type Batch, CallBuilder } from './batch.ts'
import type { KeyNames } from './key-names.ts'

/** The call of give.lua for a batch of returns. */
export const giveCall = (names: KeyNames, batch: Batch<Return>): CallBuilder => {
  const call = new CallBuilder(names, batch.organizationId)
  for (const { counter, units, as } of batch.items) {
    call.add(call.indexOf(counter), units, as)
    call.addRule(counter)
  }
  return call
}
