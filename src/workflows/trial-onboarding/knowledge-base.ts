import type {
  OutsideContext,
  OutsideStep,
  UndoContext,
} from '../../contract/workflow-definition.ts'
import type { TrialInput } from './trial-input.ts'

/** How a host loads and removes the knowledge base of a new organization. */
export interface KnowledgeBase {
  /**
   * Loads the knowledge base. Report progress with `report()`; the next try gets the last report
   * from `reported()`. Loading twice with one `idempotencyKey` must have one effect.
   */
  load(context: OutsideContext<TrialInput>): Promise<object | undefined>
  /** Removes the knowledge base, even if it is only partly loaded. */
  unload(context: OutsideContext<TrialInput> & UndoContext): Promise<object | 'nothing' | undefined>
}

export const loadKnowledgeBase = ({ load, unload }: KnowledgeBase): OutsideStep<TrialInput> => ({
  name: 'load_knowledge_base',
  outside: true,
  timeoutMs: 3_600_000,
  do: load,
  undo: unload,
})
