import { useState } from 'react'
import type { Alert } from '../../../src/client/index.ts'
import { ALERT_KIND_FACTS, ALERT_KINDS } from '../../../src/core/alert-kinds.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { KIND_NOTE, KIND_TEXT, ruleName } from './alert-words.ts'
import { RuleFields } from './rule-fields.tsx'
import {
  changeInput,
  createInput,
  isReady,
  newRuleValues,
  type RuleValues,
  ruleValuesOf,
} from './rule-values.ts'
import { alertsKey, alertsOf, type Whose } from './whose.ts'

/** Creates a rule: its kind, filters, thresholds and severities. */
export const NewRule = ({
  whose,
  onClose,
}: {
  readonly whose: Whose
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [values, setValues] = useState<RuleValues>(() => newRuleValues('limit_share'))
  const create = useAct(
    (tollgate, input: ReturnType<typeof createInput>) => {
      const { verbs, of } = alertsOf(tollgate, whose)
      return verbs.create({ ...of, ...input })
    },
    {
      changes: alertsKey(whose),
      onDone: (made) => {
        say(`“${ruleName(made)}” is active.`)
        onClose()
      },
    },
  )
  const kinds = ALERT_KINDS.filter((kind) => whose === null || !ALERT_KIND_FACTS[kind].isOfPlatform)
  return (
    <FormDialog
      title="Add rule"
      act="Add rule"
      isBusy={create.isPending}
      isReady={isReady(values)}
      error={create.error}
      onAct={() => create.mutate(createInput(values))}
      onClose={onClose}
    >
      <Field label="Kind" note={KIND_NOTE[values.kind]} fault={faultOf(create.error, 'kind')}>
        {(control) => (
          <select
            {...control}
            value={values.kind}
            onChange={({ target }) => {
              const kind = ALERT_KINDS.find((one) => one === target.value)
              if (kind) setValues(({ name, plan }) => ({ ...newRuleValues(kind), name, plan }))
            }}
          >
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {KIND_TEXT[kind]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <RuleFields {...{ values, error: create.error, onChange: setValues }} />
      {whose === null && !ALERT_KIND_FACTS[values.kind].isOfPlatform && (
        <TextField
          label="Plan"
          note="Only customers on this plan, such as ai-workspace/free. Empty for all."
          fault={faultOf(create.error, 'plan')}
          value={values.plan}
          onChange={(plan) => setValues((now) => ({ ...now, plan }))}
        />
      )}
    </FormDialog>
  )
}

/** Changes the thresholds and filters of a rule. */
export const ChangeRule = ({
  whose,
  rule,
  onClose,
}: {
  readonly whose: Whose
  readonly rule: Alert
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [values, setValues] = useState<RuleValues>(() => ruleValuesOf(rule))
  const update = useAct(
    (tollgate, input: ReturnType<typeof changeInput>) => {
      const { verbs, of } = alertsOf(tollgate, whose)
      return verbs.update({ ...of, alertId: rule.id, ...input })
    },
    {
      changes: alertsKey(whose),
      onDone: (changed) => {
        say(`“${ruleName(changed)}” was changed.`)
        onClose()
      },
    },
  )
  return (
    <FormDialog
      title={`Change “${ruleName(rule)}”`}
      act="Change rule"
      isBusy={update.isPending}
      isReady={isReady(values)}
      error={update.error}
      onAct={() => update.mutate(changeInput(values))}
      onClose={onClose}
    >
      <p>{KIND_NOTE[rule.kind]} A value already past a new threshold sends an alert at once.</p>
      <RuleFields {...{ values, error: update.error, onChange: setValues }} />
    </FormDialog>
  )
}
