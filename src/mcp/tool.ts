import type { OperationName } from '../operations/operation.ts'

/** Gives what an operation answers; it is asked as whoever calls the tool. */
type Ask = (name: OperationName, input: object) => Promise<unknown>

/** What a tool may do beside asking its operation. */
interface Asking {
  readonly ask: Ask
  /**
   * Holds an operation to the caller's right and checks its input, and does not run it. Gives the
   * input as it would be taken.
   */
  readonly admitOnly: Ask
}

/** The fields of a call: those of the tool's operation, flat. */
export type Arguments = Readonly<Record<string, unknown>>

/**
 * A tool for assistants, as data. It is made of operations and adds no rule to them: its input is
 * that of the first one, and so is its answer, unless it says how the answers of several are put
 * together.
 */
export interface Tool {
  /** A verb and a noun: `get_usage`. */
  readonly name: string
  readonly title: string
  readonly description: string
  /** What it asks, the one whose input it takes first. */
  readonly operations: readonly [OperationName, ...OperationName[]]
  /** It changes something: only where that is turned on, with the right, and with a key. */
  readonly writes?: true
  /** It shows what a writing tool would do, and is listed beside it alone. */
  readonly previews?: true
  /** It can take something away, or reach others. Said to clients, and no control of ours. */
  readonly destructive?: true
  /** Records in the answer that are keyed by what customers chose, such as ids of their users. */
  readonly pairs?: readonly string[]
  /** The list in the answer that is cut when the answer is too long, and goes on at a cursor. */
  readonly cuts?: string
  /** The answers of several operations as one. */
  readonly puts?: {
    /** Each field, and the operation whose answer it is; `input`: what would be asked. */
    readonly fields: Readonly<Record<string, OperationName | 'input'>>
    readonly together: (asking: Asking, input: Arguments) => Promise<Record<string, unknown>>
    /** Which field is a page. */
    readonly page?: string
  }
}
