import { afterAll, beforeAll } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import { describeByForm } from '../setup/substrates.ts'
import { type OpenedSubject, openSubject, type SubjectOptions } from './open-subject.ts'

/** The engine of a block, and a way to open another one. */
export interface EngineSubject extends OpenedSubject {
  /**
   * Opens an engine as a second process would: on the same database, with its own options and
   * clock.
   */
  another(options?: EngineOptions): Promise<TollgateEngine>
}

/** Runs a block on both databases without HTTP, for what an engine's own options decide. */
export const describeEngine = (
  name: string,
  options: SubjectOptions,
  block: (subject: () => EngineSubject) => void,
): void => {
  describeByForm(name, (open) => {
    const engines: TollgateEngine[] = []
    let subject: EngineSubject | undefined
    beforeAll(async () => {
      const opened = await openSubject(await open(), options)
      engines.push(opened.engine)
      const { at: _, ...rest } = options
      const another = async (more: EngineOptions = {}) => {
        const database = await open()
        const engine = await createTollgate({ ...rest, database, clock: opened.clock, ...more })
        engines.push(engine)
        return engine
      }
      subject = { ...opened, another }
    })
    afterAll(() => Promise.all(engines.map((engine) => engine.close())))
    block(() => subject as EngineSubject)
  })
}
