import type { Queryable } from '../database.ts'

/** Resolves when the store answers. */
export const askStore = async (db: Queryable): Promise<void> => {
  await db.query('select 1')
}

/** Resolves when the store can write. Only a write shows that the disk is full. */
export const probeRoom = async (db: Queryable): Promise<void> => {
  await db.query('select tollgate.probe_room()', [])
}
