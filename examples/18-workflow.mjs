// Workflows: a new customer's trial, and a welcome of your own. Each step runs once, even if the
// process restarts. A rollback undoes completed steps.
import { createTollgate, defineWorkflow, trialOnboarding } from 'tollgate'

// Your own systems: a document store and a mailer. Both treat a repeated key as the same request.
const library = new Map()
const mails = new Map()

const onboarding = trialOnboarding({
  knowledgeBase: {
    load: async ({ run, report }) => {
      library.set(run.organizationId, 3)
      await report({ loaded: 3, of: 3 })
      return { documents: 3 }
    },
    unload: async ({ run }) => (library.delete(run.organizationId) ? {} : 'nothing'),
  },
})
const welcome = defineWorkflow({
  name: 'welcome',
  version: '1',
  steps: [
    {
      name: 'grant',
      do: ({ run: { organizationId }, tollgate, idempotencyKey: id }) =>
        tollgate.grants.create({ organizationId, id, credits: 100, reason: 'welcome' }),
    },
    {
      name: 'mail',
      outside: true,
      do: ({ input, idempotencyKey }) => void mails.set(idempotencyKey, input.email),
    },
  ],
})
const tollgate = await createTollgate({ database: 'memory', workflows: [onboarding, welcome] })

const { id: runId } = await tollgate.workflows.start({
  workflow: 'trial_onboarding',
  organizationId: 'acme',
  input: { name: 'Acme', plan: 'rag-chatbot/trial', trialDays: 14, credits: 500 },
})
// A server runs workflows by itself; this example runs them and waits.
await tollgate.admin.runWorkflows()
const { state, step } = await tollgate.workflows.get({ runId })
console.log(state, step, library.get('acme'))

await tollgate.workflows.start({
  workflow: 'welcome',
  organizationId: 'acme',
  input: { email: 'ada@acme.example' },
})
await tollgate.admin.runWorkflows()
console.log([...mails.values()].join())

// Acme cancels. The rollback undoes the completed steps, the last one first.
await tollgate.workflows.rollback({ runId, reason: 'asked by Acme' })
await tollgate.admin.runWorkflows()
const { steps } = await tollgate.workflows.get({ runId })
for (const { name, undone } of steps) if (undone) console.log(name, undone.outcome)
const { status } = await tollgate.organizations.get({ organizationId: 'acme' })
console.log(status, library.size)
await tollgate.close()

// Prints:
// waiting first_chat 3
// ada@acme.example
// create_organization done
// start_trial done
// grant_credits done
// load_knowledge_base done
// closed 0
