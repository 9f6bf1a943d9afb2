import { openPglite } from '../../src/storage/pglite/open.ts'

/** A snapshot recognizable by its table. */
export const markedSnapshot = async (): Promise<Uint8Array> => {
  const db = await openPglite()
  await db.script('create table marked (a int); insert into marked values (7)')
  const snapshot = await db.dump()
  await db.close()
  return snapshot
}
