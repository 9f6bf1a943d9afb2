import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes ten seconds or more, so that no worker begins it when the others are done. */
const LONG =
  /\/(faults|model|console|examples|engine\/reports|authority\/redis)\/|\/cli\/start\.|\/react\/browser|\/pglite/

/** Long files first; among each kind as ever, by how long they took before or by their size. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
