import type { ToolDesk } from './desk.ts'
import { engineDesk, type ToolParts, type ToolUser } from './engine-desk.ts'
import { toolBook } from './listed-tools.ts'
import { RememberedCalls } from './remembered-calls.ts'

/** Creates the tools over an engine in this process, for one user. */
export const createEngineDesk = ({
  caller,
  address,
  writes,
  ...parts
}: Omit<ToolParts, 'book' | 'remembered'> & ToolUser): ToolDesk =>
  engineDesk(
    { ...parts, book: toolBook(), remembered: new RememberedCalls() },
    { caller, address, writes },
  )
