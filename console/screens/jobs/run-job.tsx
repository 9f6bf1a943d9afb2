import type { Job } from '../../../src/client/index.ts'
import { plain, sentence } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from './jobs.module.css'

const POLL_MS = 1_500

/** Runs a job now, and shows its progress until it ends. */
export const RunJob = ({ of: { job, mayRun } }: { readonly of: Job }) => {
  const say = useToast()
  const run = useAct(({ jobs }, name: string) => jobs.run({ job: name }), {
    changes: ['jobs'],
    onDone: () => say(`${sentence(plain(job))} was started.`),
  })
  const runId = run.data?.id ?? ''
  const now = useRead(['jobs', 'run', runId], ({ jobs }, options) => jobs.get({ runId }, options), {
    isWanted: runId !== '',
    pollMs: (latest) => (latest === undefined || latest.outcome === 'running' ? POLL_MS : false),
  })
  const isRunning =
    run.isPending || (runId !== '' && (now.data?.outcome ?? 'running') === 'running')
  if (!mayRun) return null
  return (
    <span className={css.run}>
      <ActError of={run.error} />
      {now.data && now.data.outcome !== 'running' && <small>{now.data.outcome}</small>}
      <Button isBusy={isRunning} onClick={() => run.mutate(job)}>
        {isRunning ? 'Running' : 'Run now'}
      </Button>
    </span>
  )
}
