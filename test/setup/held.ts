import type { Hold, HoldRefused } from '../../src/contract/hold.ts'

/** The hold of an answer that must be a yes. */
export const held = (answer: Hold | HoldRefused): Hold => {
  if (!answer.allowed) throw new Error(`refused: ${answer.reason}`)
  return answer
}
