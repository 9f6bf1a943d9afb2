import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { CatalogVersion } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel, Screen, Stack } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import css from './catalog.module.css'
import { type CatalogDocument, documentOf } from './document.ts'
import { EventTypeForm } from './event-type-form.tsx'
import { JsonForm } from './json-form.tsx'
import { Parts, type Selected } from './parts.tsx'
import { PlanForm } from './plan-form.tsx'
import { PricePreview } from './price-preview.tsx'
import { Publish } from './publish.tsx'
import { useDraftDiff } from './use-draft-diff.ts'

/** The draft editor, with the effect of each change. */
export const Editor = () => {
  const { catalog } = useParams({ from: '/catalog/$catalog/edit' })
  const { version } = useSearch({ from: '/catalog/$catalog/edit' })
  useTitle('Catalog', catalog, 'Edit')
  const versions = useRead(['catalog', 'versions', catalog, version], (tollgate, options) =>
    tollgate.catalog.versions(
      { catalog, limit: 1, ...(version !== undefined && { before: version + 1 }) },
      options,
    ),
  )
  return (
    <Block of={versions} lines={14}>
      {({ versions: [base] }) =>
        base ? (
          <Draft key={base.id} base={base} isRollback={version === base.version} />
        ) : (
          <Empty title={`There is no catalog “${catalog}”`} />
        )
      }
    </Block>
  )
}

const Draft = ({
  base,
  isRollback,
}: {
  readonly base: CatalogVersion
  readonly isRollback: boolean
}) => {
  const search = useSearch({ from: '/catalog/$catalog/edit' })
  const navigate = useNavigate({ from: '/catalog/$catalog/edit' })
  const [document, setDocument] = useState<CatalogDocument>(() => documentOf(base.document))
  const diff = useDraftDiff(document)
  const selected = selectedOf(document, search)
  const eventType = document.eventTypes.find(({ key }) => key === selected.key)
  const plan = document.plans.find(({ key }) => key === selected.key)
  const select = ({ part, key }: Selected) =>
    navigate({
      search: (now) => ({
        ...now,
        eventType: part === 'eventTypes' ? key : undefined,
        plan: part === 'plans' ? key : part === 'json' ? 'json' : undefined,
      }),
      replace: true,
    })
  return (
    <Screen
      title={`Edit ${document.name}`}
      note={
        isRollback
          ? `from v${base.version}: publishing puts it in force again, as a new version`
          : `from v${base.version}, in force; nothing changes until it is published`
      }
    >
      <div className={css.editor}>
        <Panel title="Parts" isFlush>
          <Parts document={document} changes={diff.changes} selected={selected} onSelect={select} />
        </Panel>
        <Stack>
          {selected.part === 'eventTypes' && eventType && (
            <EventTypeForm
              key={eventType.key}
              eventType={eventType}
              faults={diff.faults}
              onChange={(changed) =>
                setDocument({
                  ...document,
                  eventTypes: document.eventTypes.map((one) =>
                    one.key === changed.key ? changed : one,
                  ),
                })
              }
            />
          )}
          {selected.part === 'plans' && plan && (
            <PlanForm
              key={plan.key}
              plan={plan}
              faults={diff.faults}
              onChange={(changed) =>
                setDocument({
                  ...document,
                  plans: document.plans.map((one) => (one.key === changed.key ? changed : one)),
                })
              }
            />
          )}
          {selected.part === 'json' && <JsonForm document={document} onChange={setDocument} />}
        </Stack>
        <Stack>
          {selected.part === 'eventTypes' && eventType && (
            <PricePreview
              key={eventType.key}
              eventType={eventType}
              before={documentOf(base.document).eventTypes.find(({ key }) => key === eventType.key)}
            />
          )}
          <Publish
            catalog={base.catalog}
            document={document}
            diff={diff}
            isRollback={isRollback}
            rolledBackTo={base.version}
          />
        </Stack>
      </div>
    </Screen>
  )
}

const selectedOf = (
  document: CatalogDocument,
  { eventType, plan }: { eventType?: string | undefined; plan?: string | undefined },
): Selected => {
  if (plan === 'json') return { part: 'json', key: '' }
  if (plan !== undefined) return { part: 'plans', key: plan }
  return { part: 'eventTypes', key: eventType ?? document.eventTypes[0]?.key ?? '' }
}
