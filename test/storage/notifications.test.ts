import { beforeAll, expect, it, vi } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { describeOnEachDatabase, describeOnPostgres, onServer } from '../setup/substrates.ts'

// For a busy machine; this tests no times.
const waitUntil = (isTrue: () => boolean | Promise<boolean>) =>
  vi.waitUntil(isTrue, { timeout: 20_000 })

describeOnEachDatabase('notifications', (open) => {
  let db: Database
  beforeAll(async () => {
    db = await open()
  })

  /** The notifications on a channel, up to a known last payload. */
  const recorder = async (channel: string) => {
    const heard: string[] = []
    const stop = await db.listen(channel, (payload) => heard.push(payload))
    return { heard, stop, until: (payload: string) => waitUntil(() => heard.includes(payload)) }
  }
  const notify = (channel: string, payload: string) =>
    db.query('select pg_notify($1, $2)', [channel, payload])

  it('reach every listener of their channel in order, and no other', async () => {
    const one = await recorder('changes')
    const two = await recorder('changes')
    const other = await recorder('other')
    await notify('changes', 'first')
    await notify('changes', 'second')
    await notify('other', 'last')
    await Promise.all([one.until('second'), two.until('second'), other.until('last')])
    expect(one.heard).toEqual(['first', 'second'])
    expect(two.heard).toEqual(['first', 'second'])
    expect(other.heard).toEqual(['last'])
    await Promise.all([one.stop(), two.stop(), other.stop()])
  })

  it('arrive after the commit, and never after a rollback', async () => {
    const { heard, stop, until } = await recorder('changes')
    const refused = db.transaction(async (tx) => {
      await tx.query(`select pg_notify('changes', 'rolled back')`, [])
      throw new Error('No.')
    })
    await expect(refused).rejects.toThrow('No.')
    await db.transaction(async (tx) => {
      await tx.query(`select pg_notify('changes', 'committed')`, [])
      await tx.query('select 1', [])
      expect(heard).toEqual([])
    })
    await until('committed')
    expect(heard).toEqual(['committed'])
    await stop()
  })

  it('stop for a removed listener, and continue for the others', async () => {
    const one = await recorder('changes')
    const two = await recorder('changes')
    await one.stop()
    await one.stop()
    await notify('changes', 'after')
    await two.until('after')
    expect(one.heard).toEqual([])
    await two.stop()
  })

  it('refuse a channel that is no plain name', async () => {
    for (const channel of ['', 'Upper', 'a b', 'x"; drop schema tollgate; --']) {
      await expect(db.listen(channel, () => undefined)).rejects.toThrow(TypeError)
    }
  })
})

describeOnPostgres('notifications after a broken connection (on PostgreSQL)', (open, url) => {
  it('tell every listener `*` after the reconnect, and continue', async () => {
    const db = await open()
    const heard: string[] = []
    const quiet: string[] = []
    await db.listen('changes', (payload) => heard.push(payload))
    await db.listen('quiet', (payload) => quiet.push(payload))
    const cutOff = () =>
      onServer(url(), (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        ),
      )
    for (const round of [1, 2]) {
      await cutOff()
      await waitUntil(() => heard.filter((payload) => payload === '*').length === round)
      expect(quiet).toHaveLength(round)
    }
    await waitUntil(() =>
      db.query(`select pg_notify('changes', 'again')`, []).then(
        () => true,
        () => false,
      ),
    )
    await waitUntil(() => heard.includes('again'))
    expect(quiet).toEqual(['*', '*'])
  })
})
