import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { TollgateEngine, WorkflowDefinition } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import type { TestClock } from '../../src/testing/index.ts'

/** Several engines on one database, each as a process of its own. */
export interface Processes {
  another(workflows: readonly WorkflowDefinition[], more?: EngineOptions): Promise<TollgateEngine>
  closed(engine: TollgateEngine): Promise<void>
  /** Runs due steps in all processes. Whichever process picks up a step first runs it. */
  work(): Promise<void>
  closeAll(): Promise<void>
}

export const openProcesses = (open: () => Promise<Database>, clock: TestClock): Processes => {
  const engines = new Set<TollgateEngine>()
  const closed = async (engine: TollgateEngine) => {
    engines.delete(engine)
    await engine.close()
  }
  return {
    another: async (workflows, more = {}) => {
      const database = await open()
      const options = { clock, catalogs: ['rag-chatbot'], workflows, ...more }
      const engine = await createTollgate({ ...options, database })
      engines.add(engine)
      return engine
    },
    closed,
    work: async () => {
      for (const engine of [...engines, ...engines]) await engine.admin.runWorkflows()
    },
    closeAll: async () => {
      for (const engine of engines) await closed(engine)
    },
  }
}
