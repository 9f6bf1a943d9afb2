import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

const inFile = (document: CatalogInput) => ({ catalogs: [{ document, origin: 'the test' }] })
const named = (name: string): CatalogInput => ({ ...SUBSCRIPTIONS_CATALOG, name })

/** The same content as another text: reordered, with defaults removed or added. */
const rewritten = (document: CatalogInput): CatalogInput =>
  JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(document).reverse())))

describeEngine('a catalog file at start', inFile(named('First')), (subject) => {
  const started = async (document: CatalogInput) => {
    const engine = await subject().another(inFile(document))
    const { versions } = await engine.catalog.versions({ catalog: 'subscribed' })
    return versions.map(({ version, source, document: { name } }) => [version, source, name])
  }

  it('creates no version if its content is already in force, whatever its text', async () => {
    expect(await started(rewritten(named('First')))).toEqual([[1, 'file', 'First']])
    await subject().tollgate.catalog.apply({ document: named('Second') })
    // The file was edited to match the catalog in force, as changed by the API.
    const both = [
      [2, 'api', 'Second'],
      [1, 'file', 'First'],
    ]
    expect(await started(rewritten(named('Second')))).toEqual(both)
    expect(await started(named('Second'))).toEqual(both)
  })

  it('keeps later changes by the API once its content matched', async () => {
    await subject().tollgate.catalog.apply({ document: named('Third') })
    const [newest] = await started(named('Second'))
    expect(newest).toEqual([3, 'api', 'Third'])
    expect((await started(named('Fourth')))[0]).toEqual([4, 'file', 'Fourth'])
  })
})
