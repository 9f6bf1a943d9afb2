import type {
  OutsideContext,
  OutsideStep,
  UndoContext,
} from '../../contract/workflow-definition.ts'
import type { TrialInput } from './trial-input.ts'

/** How a host loads the knowledge base of a new organization, and takes it away again. */
export interface KnowledgeBase {
  /**
   * Loads it, and says with `report()` how far it is; at the next try `reported()` has what was said
   * last. What is loaded twice under one `idempotencyKey` must be there once.
   */
  load(context: OutsideContext<TrialInput>): Promise<object | undefined>
  /** Takes away what is there of it, be it whole or not. */
  unload(context: OutsideContext<TrialInput> & UndoContext): Promise<object | 'nothing' | undefined>
}

export const loadKnowledgeBase = ({ load, unload }: KnowledgeBase): OutsideStep<TrialInput> => ({
  name: 'load_knowledge_base',
  outside: true,
  timeoutMs: 3_600_000,
  do: load,
  undo: unload,
})
