import { useState } from 'react'
import type { Alert } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { ruleName } from './alert-words.ts'
import css from './alerts.module.css'
import { ChangeRule } from './rule-form.tsx'
import { alertsKey, alertsOf, type Whose } from './whose.ts'

interface OfRule {
  readonly whose: Whose
  readonly rule: Alert
}

/** The actions on a rule. A customer may only turn a platform rule off and on. */
export const RuleActs = ({ whose, rule }: OfRule) => {
  const [opened, setOpened] = useState<'change' | 'remove' | null>(null)
  const isOwn = (rule.organizationId ?? null) === whose
  const onClose = () => setOpened(null)
  return (
    <span className={css.acts}>
      <Turn whose={whose} rule={rule} />
      {isOwn && <Button onClick={() => setOpened('change')}>Change</Button>}
      {isOwn && !rule.builtIn && (
        <Button kind="quiet" onClick={() => setOpened('remove')}>
          Remove
        </Button>
      )}
      {opened === 'change' && <ChangeRule {...{ whose, rule, onClose }} />}
      {opened === 'remove' && <RemoveRule {...{ whose, rule, onClose }} />}
    </span>
  )
}

const Turn = ({ whose, rule }: OfRule) => {
  const say = useToast()
  const turn = useAct(
    (tollgate, enabled: boolean) => {
      const { verbs, of } = alertsOf(tollgate, whose)
      return verbs.update({ ...of, alertId: rule.id, enabled })
    },
    {
      changes: alertsKey(whose),
      onDone: ({ enabled }) => say(`“${ruleName(rule)}” is ${enabled ? 'on' : 'off'}.`),
    },
  )
  return (
    <>
      <ActError of={turn.error} />
      <Button isBusy={turn.isPending} onClick={() => turn.mutate(!rule.enabled)}>
        Turn {rule.enabled ? 'off' : 'on'}
      </Button>
    </>
  )
}

const RemoveRule = ({ whose, rule, onClose }: OfRule & { readonly onClose: () => void }) => {
  const say = useToast()
  const remove = useAct(
    (tollgate) => {
      const { verbs, of } = alertsOf(tollgate, whose)
      return verbs.remove({ ...of, alertId: rule.id })
    },
    {
      changes: alertsKey(whose),
      onDone: () => {
        say(`“${ruleName(rule)}” was removed.`)
        onClose()
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title={`Remove “${ruleName(rule)}”`}
      act="Remove the rule"
      isDangerous
      isBusy={remove.isPending}
      error={remove.error}
      onAct={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        The rule sends no more alerts, and its open alerts are withdrawn. Past alerts stay in the
        list. To stop it temporarily, turn it off.
      </p>
    </FormDialog>
  )
}
