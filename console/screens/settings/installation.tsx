import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'

/** Which catalogs are in force, and since when. */
export const Installation = () => {
  const catalogs = useRead(['catalog', 'inForce'], ({ catalog }, options) =>
    catalog.inForce({}, options),
  )
  return (
    <Panel title="Installation">
      <Block of={catalogs} lines={4}>
        {(catalogs) => (
          <Facts
            of={catalogs.map(
              ({ catalog, version, createdAt, source }) =>
                [
                  `Catalog ${catalog}`,
                  <span key={catalog}>
                    v{version} by {source}, <Time at={createdAt} />
                  </span>,
                ] as const,
            )}
          />
        )}
      </Block>
    </Panel>
  )
}
