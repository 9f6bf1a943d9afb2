import type { OperationName } from '../operations/operation.ts'

/** Calls an operation for the user of the tool. */
type Ask = (name: OperationName, input: object) => Promise<unknown>

/** What a tool may do beside calling its operation. */
interface Asking {
  readonly ask: Ask
  /**
   * Checks the right and the input of an operation without running it. Returns the validated input.
   */
  readonly admitOnly: Ask
}

/** The fields of a call: those of the tool's operation, flat. */
export type Arguments = Readonly<Record<string, unknown>>

/**
 * A tool for assistants, as data. It is composed of operations and adds no rules. Its input is that
 * of the first operation. So is its answer, unless `puts` combines several.
 */
export interface Tool {
  /** A verb and a noun: `get_usage`. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** The operations that it calls. The first one defines the input. */
  readonly operations: readonly [OperationName, ...OperationName[]]
  /** It changes data. It requires that writing is turned on, the right, and a key. */
  readonly writes?: true
  /** It previews a writing tool, and is listed only together with it. */
  readonly previews?: true
  /** It can remove something or reach other people. A hint for clients, not a protection. */
  readonly destructive?: true
  /** Records in the answer whose keys customers chose, such as ids of their users. */
  readonly pairs?: readonly string[]
  /** The list in the answer that is cut if the answer is too long. It continues at a cursor. */
  readonly cuts?: string
  /** Combines the answers of several operations. */
  readonly puts?: {
    /** Each field, with the operation that answers it; `input` is the validated input. */
    readonly fields: Readonly<Record<string, OperationName | 'input'>>
    readonly together: (asking: Asking, input: Arguments) => Promise<Record<string, unknown>>
    /** The field that is a page. */
    readonly page?: string
  }
}
