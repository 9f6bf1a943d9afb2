import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { CatalogVersion } from '../../../src/client/index.ts'
import { counted } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { Screen, Stack } from '../../ui/panel.tsx'
import { Tabs, tabClass } from '../../ui/tabs.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { documentOf } from './document.ts'
import { EventTypes } from './event-types.tsx'
import { ModelPrices } from './model-prices.tsx'
import { PlanTable } from './plan-table.tsx'
import { Versions } from './versions.tsx'

const PARTS = [
  ['plans', 'Plans'],
  ['event-types', 'Event types'],
  ['model-prices', 'Model prices'],
  ['versions', 'Versions'],
] as const

/** Plans, event types and prices of the active catalog. */
export const Catalog = () => {
  useTitle('Catalog')
  const search = useSearch({ from: '/catalog' })
  const catalogs = useRead(['catalog', 'inForce'], ({ catalog }, options) =>
    catalog.inForce({}, options),
  )
  return (
    <Block of={catalogs} lines={14}>
      {(all) => {
        const chosen = all.find(({ catalog }) => catalog === search.catalog) ?? all[0]
        return chosen ? (
          <Chosen of={chosen} all={all} part={search.part ?? 'plans'} />
        ) : (
          <Empty title="No catalog is in force">
            Start the server with <code>--catalog NAME</code>, or apply one:{' '}
            <code>tollgate catalog apply FILE</code>.
          </Empty>
        )
      }}
    </Block>
  )
}

interface ChosenProps {
  readonly of: CatalogVersion
  readonly all: readonly CatalogVersion[]
  readonly part: string
}

const Chosen = ({ of, all, part }: ChosenProps) => {
  const navigate = useNavigate({ from: '/catalog' })
  const say = useToast()
  const document = documentOf(of.document)
  const refresh = useAct(({ catalog }) => catalog.refresh({}), {
    changes: ['catalog'],
    onDone: () => say('All catalogs were reloaded.'),
  })
  return (
    <Screen
      title={document.name}
      note={
        <>
          v{of.version} in force since <Time at={of.createdAt} /> by {of.actor};{' '}
          {counted(document.plans.length, 'plan')},{' '}
          {counted(document.eventTypes.length, 'event type')}
        </>
      }
      acts={
        <>
          <Field label="Catalog" isInline>
            {(control) => (
              <select
                {...control}
                value={of.catalog}
                onChange={(event) =>
                  navigate({ search: (now) => ({ ...now, catalog: event.target.value }) })
                }
              >
                {all.map(({ catalog }) => (
                  <option key={catalog}>{catalog}</option>
                ))}
              </select>
            )}
          </Field>
          <Button isBusy={refresh.isPending} onClick={() => refresh.mutate(undefined)}>
            Reload
          </Button>
          <ButtonLink kind="primary" to="/catalog/$catalog/edit" params={{ catalog: of.catalog }}>
            Edit
          </ButtonLink>
        </>
      }
    >
      <ActError of={refresh.error} />
      <Stack>
        <Tabs label="Parts of the catalog">
          {PARTS.map(([key, words]) => (
            <Link
              key={key}
              to="/catalog"
              search={{ catalog: of.catalog, part: key }}
              className={tabClass}
              aria-current={key === part ? 'page' : undefined}
              data-status={undefined}
            >
              {words}
            </Link>
          ))}
        </Tabs>
        {part === 'plans' && <PlanTable document={document} />}
        {part === 'event-types' && <EventTypes document={document} />}
        {part === 'model-prices' && <ModelPrices document={document} />}
        {part === 'versions' && <Versions catalog={of.catalog} inForce={of.version} />}
      </Stack>
    </Screen>
  )
}
