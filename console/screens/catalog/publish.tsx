import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { DryRun } from '../../../src/client/index.ts'
import { counted } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { Check, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { DryRunFigures } from '../simulator/dry-run-figures.tsx'
import css from './catalog.module.css'
import { Changes } from './changes.tsx'
import type { CatalogDocument } from './document.ts'
import type { DraftDiff } from './use-draft-diff.ts'

interface PublishProps {
  readonly catalog: string
  readonly document: CatalogDocument
  readonly diff: DraftDiff
  readonly isRollback: boolean
  readonly rolledBackTo: number
}

const MONEY = /baseCredits|multipliers|bonuses|monthlyPriceUsd|overageRates|modelPrices/

/** Publishes the draft, after showing its changes and a dry run over the last 90 days. */
export const Publish = (props: PublishProps) => {
  const { catalog, document, diff, isRollback, rolledBackTo } = props
  const [isOpen, setIsOpen] = useState(false)
  const run = useAct(({ catalog }, input: CatalogDocument) => catalog.dryRun({ document: input }), {
    changes: ['nothing'],
  })
  const isReady = diff.changes.length > 0 && diff.error === null && !diff.isBehind
  // A dry run of an earlier draft does not apply to this one.
  const figures: DryRun | undefined = run.variables === document ? run.data : undefined
  return (
    <Panel
      title="What changes"
      note={
        diff.error === null
          ? counted(diff.changes.length, 'change')
          : counted(Math.max(diff.faults.length, 1), 'fault')
      }
    >
      <div className={css.below}>
        <Changes diff={diff} />
        {figures && <DryRunFigures of={figures} />}
        <ActError of={run.error} />
        <div className={css.pair}>
          <Button isBusy={run.isPending} disabled={!isReady} onClick={() => run.mutate(document)}>
            Dry run on 90 days
          </Button>
          <Button kind="primary" disabled={!isReady} onClick={() => setIsOpen(true)}>
            {isRollback ? `Roll back to v${rolledBackTo}` : 'Publish'}
          </Button>
        </div>
      </div>
      {isOpen && (
        <Confirm
          catalog={catalog}
          document={document}
          diff={diff}
          firstNote={isRollback ? `Rolled back to v${rolledBackTo}` : ''}
          onClose={() => setIsOpen(false)}
        />
      )}
    </Panel>
  )
}

const Confirm = ({
  catalog,
  document,
  diff,
  firstNote,
  onClose,
}: {
  readonly catalog: string
  readonly document: CatalogDocument
  readonly diff: DraftDiff
  readonly firstNote: string
  readonly onClose: () => void
}) => {
  const say = useToast()
  const navigate = useNavigate()
  const [note, setNote] = useState(firstNote)
  const [applyToExisting, setApplyToExisting] = useState(false)
  const [typed, setTyped] = useState('')
  const changesMoney = diff.changes.some(({ path }) => MONEY.test(path))
  const changesPlans = diff.changes.some(({ path }) => path.startsWith('plans'))
  const apply = useAct(
    (tollgate, input: CatalogDocument) =>
      tollgate.catalog.apply({
        document: input,
        applyToExisting,
        ...(note !== '' && { note }),
      }),
    {
      onDone: ({ version }) => {
        say(`v${version} of ${catalog} is in force.`)
        onClose()
        navigate({ to: '/catalog', search: { catalog } })
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title={`Publish ${counted(diff.changes.length, 'change')}`}
      act="Put it in force"
      isBusy={apply.isPending}
      isReady={!changesMoney || typed === catalog}
      error={apply.error}
      onAct={() => apply.mutate(document)}
      onClose={onClose}
    >
      <p>
        The new version takes effect in every process within a second. Recorded events keep the
        version that priced them.
      </p>
      <TextField
        label="Reason"
        note="Shown in the version history and the audit log."
        value={note}
        onChange={setNote}
      />
      {changesPlans && (
        <Check
          label="Also move the customers of changed plans to the new versions; otherwise they keep theirs"
          isOn={applyToExisting}
          onChange={setApplyToExisting}
        />
      )}
      {changesMoney && (
        <TextField label={`Prices change: type ${catalog}`} value={typed} onChange={setTyped} />
      )}
    </FormDialog>
  )
}
