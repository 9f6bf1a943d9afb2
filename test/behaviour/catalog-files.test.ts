import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeEngine } from './describe-engine.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

const inFile = (document: CatalogInput) => ({ catalogs: [{ document, origin: 'the test' }] })
const named = (name: string): CatalogInput => ({ ...SUBSCRIPTIONS_CATALOG, name })

/** The same content in another text: other order, and what is usual left out or written down. */
const rewritten = (document: CatalogInput): CatalogInput =>
  JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(document).reverse())))

describeEngine('a catalog file at start', inFile(named('First')), (subject) => {
  const started = async (document: CatalogInput) => {
    const engine = await subject().another(inFile(document))
    const { versions } = await engine.catalog.versions({ catalog: 'subscribed' })
    return versions.map(({ version, source, document: { name } }) => [version, source, name])
  }

  it('makes no version when it says what is in force, whatever its text', async () => {
    expect(await started(rewritten(named('First')))).toEqual([[1, 'file', 'First']])
    await subject().tollgate.catalog.apply({ document: named('Second') })
    // Edited to what the API has put in force.
    const both = [
      [2, 'api', 'Second'],
      [1, 'file', 'First'],
    ]
    expect(await started(rewritten(named('Second')))).toEqual(both)
    expect(await started(named('Second'))).toEqual(both)
  })

  it('leaves what the API changed since the file was found to say the same', async () => {
    await subject().tollgate.catalog.apply({ document: named('Third') })
    const [newest] = await started(named('Second'))
    expect(newest).toEqual([3, 'api', 'Third'])
    expect((await started(named('Fourth')))[0]).toEqual([4, 'file', 'Fourth'])
  })
})
