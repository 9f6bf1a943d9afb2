import { useState } from 'react'
import type { WorkflowRunDetail } from '../../../src/client/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { STEERING, type Steering, steeringsOf } from './steering.ts'

/** The actions on a run. Each explains its effect first, and records a reason. */
export const RunActs = ({ of }: { readonly of: WorkflowRunDetail }) => {
  const [opened, setOpened] = useState<Steering | null>(null)
  return (
    <>
      {steeringsOf(of).map((one) => (
        <Button
          key={one}
          kind={one === 'cancel' ? 'quiet' : 'plain'}
          onClick={() => setOpened(one)}
        >
          {STEERING[one].act}
        </Button>
      ))}
      {opened && <Steer runId={of.id} steering={opened} onClose={() => setOpened(null)} />}
    </>
  )
}

const Steer = ({
  runId,
  steering,
  onClose,
}: {
  readonly runId: string
  readonly steering: Steering
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [reason, setReason] = useState('')
  const { act, effect, said } = STEERING[steering]
  const steer = useAct(
    ({ workflows }) => workflows[steering]({ runId, ...(reason !== '' && { reason }) }),
    {
      changes: ['workflows'],
      onDone: () => {
        say(said)
        onClose()
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title={`${act} the run`}
      act={`${act} the run`}
      dismiss={steering === 'cancel' ? 'Keep the run' : 'Cancel'}
      isDangerous={steering === 'cancel' || steering === 'rollback'}
      isBusy={steer.isPending}
      error={steer.error}
      onAct={() => steer.mutate(undefined)}
      onClose={onClose}
    >
      <p>{effect}</p>
      <TextField label="Reason" note="For the audit log." value={reason} onChange={setReason} />
    </FormDialog>
  )
}
