import { useState } from 'react'
import type { WorkflowDefinitions } from '../../../src/client/index.ts'
import { plain, sentence } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { inputOf } from './run-input.ts'

interface StartRunProps {
  readonly definitions: WorkflowDefinitions['items']
  readonly onStarted: (runId: string) => void
  readonly onClose: () => void
}

/** Starts a run of a registered workflow, with its input. */
export const StartRun = ({ definitions, onStarted, onClose }: StartRunProps) => {
  const say = useToast()
  const names = [...new Set(definitions.filter(({ starts }) => starts).map(({ name }) => name))]
  const [workflow, setWorkflow] = useState(names[0] ?? '')
  const [organizationId, setOrganizationId] = useState('')
  const [typed, setTyped] = useState('{}')
  const [id, setId] = useState('')
  const input = inputOf(typed)
  const definition = definitions.find(({ name, starts }) => name === workflow && starts)
  const needsOrganization = definition?.needsOrganization === true
  const start = useAct(
    ({ workflows }, given: Record<string, unknown>) =>
      workflows.start({
        workflow,
        input: given,
        ...(organizationId !== '' && { organizationId }),
        ...(id !== '' && { id }),
      }),
    {
      changes: ['workflows'],
      onDone: (run) => {
        say(`${sentence(plain(workflow))} was ${run.replayed ? 'started before' : 'started'}.`)
        onClose()
        onStarted(run.id)
      },
    },
  )
  return (
    <FormDialog
      title="Start a run"
      act="Start the run"
      isBusy={start.isPending}
      isReady={workflow !== '' && 'value' in input && (organizationId !== '' || !needsOrganization)}
      error={start.error}
      onAct={() => {
        if ('value' in input) start.mutate(input.value)
      }}
      onClose={onClose}
    >
      <Field
        label="Workflow"
        note={definition?.description ?? undefined}
        fault={faultOf(start.error, 'workflow')}
      >
        {(control) => (
          <select
            {...control}
            value={workflow}
            onChange={({ target }) => setWorkflow(target.value)}
          >
            {names.map((name) => (
              <option key={name} value={name}>
                {sentence(plain(name))}
              </option>
            ))}
          </select>
        )}
      </Field>
      <TextField
        label="Organization"
        note={`Its id. The organization need not exist yet.${needsOrganization ? '' : ' Empty for none.'}`}
        fault={faultOf(start.error, 'organizationId')}
        value={organizationId}
        onChange={setOrganizationId}
      />
      <Field
        label="Input"
        note="The workflow’s input as JSON."
        fault={'fault' in input ? input.fault : faultOf(start.error, 'input')}
      >
        {(control) => (
          <textarea
            {...control}
            rows={8}
            spellCheck={false}
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
      </Field>
      <TextField
        label="Idempotency key"
        note="Repeating a key returns the same run. Empty starts a new run."
        fault={faultOf(start.error, 'id')}
        value={id}
        onChange={setId}
      />
    </FormDialog>
  )
}
