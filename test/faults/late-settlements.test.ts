import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTollgate, type TollgateEngine } from '../../src/index.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateCatalog } from './gate-configurations.ts'
import { proxiedUrl, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

describeOnPostgres('work that ends during an outage of the store', (_open, url) => {
  let proxy: TcpProxy
  let tollgate: TollgateEngine
  const errors: string[] = []
  const log = {
    info: () => {},
    warn: () => {},
    error: (_: object, text: string) => errors.push(text),
  }
  beforeAll(async () => {
    proxy = await startTcpProxy(url())
    tollgate = await createTollgate({
      catalogs: [{ document: gateCatalog, origin: 'test/faults' }],
      database: { url: proxiedUrl(url(), proxy) },
      storeTimeoutMs: 5_000,
      log,
    })
  })
  afterAll(async () => {
    await proxy?.pass()
    await tollgate?.close()
    await proxy?.close()
  })
  const organization = async (id: string) => {
    await tollgate.organizations.create({ id, name: 'Acme', plan: 'gate/roomy' })
    return { organizationId: id, eventType: 'use', quantities: { units: 10 } }
  }
  const used = async (organizationId: string) =>
    (await tollgate.usage.current({ organizationId })).month.events

  it("is recorded afterwards, and survives the engine's close", async () => {
    const call = await organization('late')
    const run = () =>
      tollgate.run(call, async (hold) => {
        await proxy.refuse()
        hold.used({ quantities: { units: 3 } })
        return 'done'
      })
    expect(await run()).toBe('done')
    await proxy.pass()
    await eventually(async () => expect(await used('late')).toBe(1))

    expect(await run()).toBe('done')
    await proxy.pass()
    await tollgate.close()
    tollgate = await createTollgate({
      catalogs: [{ document: gateCatalog, origin: 'test/faults' }],
      database: { url: url() },
    })
    expect(await used('late')).toBe(2)
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
    expect(errors.filter((text) => text.includes('hold'))).toEqual([])
  })
})
