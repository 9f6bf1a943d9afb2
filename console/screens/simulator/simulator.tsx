import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { AnotherPlanPanel } from './another-plan.tsx'
import { Migration } from './migration.tsx'
import css from './simulator.module.css'

export const Simulator = () => {
  useTitle('Simulator')
  const catalogs = useRead(['catalog', 'inForce'], ({ catalog }, options) =>
    catalog.inForce({}, options),
  )
  return (
    <Screen title="Simulator" note="based on actual usage; nothing is changed">
      <AnotherPlanPanel />
      <Migration />
      <Panel title="A changed catalog" note="over every event of the last 90 days">
        <div className={css.below}>
          <p className={css.muted}>
            Edit a catalog and choose “Dry run on 90 days”. It shows for each customer what would
            have cost more or less, and what would have been refused.
          </p>
          <Block of={catalogs} lines={1}>
            {(all) => (
              <div className={css.catalogs}>
                {all.map(({ catalog }) => (
                  <ButtonLink key={catalog} to="/catalog/$catalog/edit" params={{ catalog }}>
                    Edit {catalog}
                  </ButtonLink>
                ))}
              </div>
            )}
          </Block>
        </div>
      </Panel>
    </Screen>
  )
}
