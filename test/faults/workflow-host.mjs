// Runs a workflow whose steps report their effect, and stops in one of them until it is killed.
// Usage: workflow-host.mjs URL [STEP/DIRECTION]
import { writeSync } from 'node:fs'
import pg from 'pg'
import { createTollgate, defineWorkflow } from '../../dist/index.js'

const [url = '', stayAt = ''] = process.argv.slice(2)
const service = new pg.Pool({ connectionString: url, max: 1 })

/** Reports the effect; the process stops here if requested. */
const had = async (step, direction) => {
  writeSync(1, `${step}/${direction}\n`)
  if (stayAt === `${step}/${direction}`) await new Promise(() => {})
}

const gives = (name) => ({
  name,
  do: async ({ run, tollgate, idempotencyKey }) => {
    const given = { id: idempotencyKey, credits: 10, reason: name }
    const { grant } = await tollgate.grants.create({ organizationId: run.organizationId, ...given })
    await had(name, 'do')
    return { grantId: grant.id }
  },
  undo: async ({ run, tollgate, output }) => {
    const { organizationId } = run
    await tollgate.grants.end({ organizationId, grantId: output().grantId })
    await had(name, 'undo')
  },
})

/** A service with a table of its requests: each key counts once. */
const tells = {
  name: 'second',
  outside: true,
  do: async ({ idempotencyKey, run }) => {
    await service.query('insert into public.told values ($1, $2) on conflict do nothing', [
      idempotencyKey,
      run.id,
    ])
    await had('second', 'do')
  },
  undo: async ({ run }) => {
    await service.query('delete from public.told where run_id = $1', [run.id])
    await had('second', 'undo')
  },
}

await createTollgate({
  database: { url },
  catalogs: ['rag-chatbot'],
  workflows: [
    defineWorkflow({
      name: 'three_steps',
      version: '1',
      steps: [gives('first'), tells, gives('third')],
    }),
  ],
})
writeSync(1, 'ready\n')
