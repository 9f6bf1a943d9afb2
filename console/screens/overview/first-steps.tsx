import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { counted } from '../../../src/react/format/index.ts'
import { apiUrl } from '../../api/place.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel, Screen } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { NewCustomer } from '../customers/new-customer.tsx'
import { componentSnippet, curlSnippet, librarySnippet } from './first-snippets.ts'
import css from './overview.module.css'
import { Step } from './step.tsx'
import { countSteps, useSteps } from './use-steps.ts'

/** The setup steps of an installation. The API decides which are done, never a click. */
export const FirstSteps = () => {
  useTitle('First steps')
  const [isOpen, setIsOpen] = useState(false)
  const steps = useSteps()
  const { planCount, organizationId, key, lastEvent, refusal, isTold, isCharged } = steps
  const { done, all } = countSteps(steps)
  const snippet = { apiUrl, organizationId: organizationId ?? 'acme', eventType: steps.eventType }
  const curl = curlSnippet(snippet)
  const library = librarySnippet(snippet)
  const component = componentSnippet(snippet)
  const params = { organizationId: organizationId ?? '' }
  return (
    <Screen title="First steps" note={`${done} of ${all} done`}>
      <Panel title="Each step is ticked when the server sees it" note="checked every 5 s" isFlush>
        <ol className={css.steps}>
          <Step title="A catalog is in force" isDone={planCount > 0}>
            <p>
              {planCount > 0
                ? `${counted(planCount, 'plan')} can be sold.`
                : 'Start the server with --catalog NAME or FILE, or apply one with the command line.'}
            </p>
            <ButtonLink to="/catalog">Look at the catalog</ButtonLink>
          </Step>
          <Step title="Create the first customer" isDone={organizationId !== undefined}>
            {organizationId === undefined ? (
              <>
                <p>A customer is an organization on a plan. Its calls are counted and billed.</p>
                <Button kind="primary" onClick={() => setIsOpen(true)} disabled={planCount === 0}>
                  Create a customer
                </Button>
              </>
            ) : (
              <p>
                <Link to="/customers/$organizationId" params={params} className={linkCss.link}>
                  {organizationId}
                </Link>{' '}
                is there.
              </p>
            )}
          </Step>
          <Step title="Give it a key" isDone={key !== undefined}>
            <p>
              {key === undefined ? (
                'The customer’s backend calls the gate with it, for itself only. Your own backend can use a service key from Settings.'
              ) : key.lastUsedAt === null ? (
                `“${key.name}” was created, and was not used yet.`
              ) : (
                <>
                  “{key.name}” was last used <Time at={key.lastUsedAt} form="relative" />.
                </>
              )}
            </p>
            {organizationId !== undefined && key === undefined && (
              <ButtonLink to="/customers/$organizationId/access" params={params}>
                Create a key
              </ButtonLink>
            )}
          </Step>
          <Step title="Send the first call through the gate" isDone={lastEvent !== undefined}>
            {lastEvent === undefined ? (
              <p>
                A call is priced, checked against the plan, and recorded once. Waiting for the
                first.
              </p>
            ) : (
              <p>
                The latest came <Time at={lastEvent.receivedAt} form="relative" />:{' '}
                {lastEvent.eventType}.
              </p>
            )}
            <Snippet text={curl} />
            <Snippet text={library} />
          </Step>
          <Step title="See a refusal, and why" isDone={refusal !== undefined}>
            {refusal && organizationId !== undefined ? (
              <Link
                to="/customers/$organizationId/decisions/$decisionId"
                params={{ organizationId, decisionId: refusal.decisionId }}
                className={linkCss.link}
              >
                Why it was refused
              </Link>
            ) : (
              <>
                <p>
                  Set one of its limits to 1, for a day, and send the call twice: the second one is
                  refused, and says why.
                </p>
                {organizationId !== undefined && (
                  <ButtonLink to="/customers/$organizationId/limits" params={params}>
                    Set a limit
                  </ButtonLink>
                )}
              </>
            )}
          </Step>
          <Step title="Show it to your customers" isDone={undefined}>
            <p>
              Add a component to your page, with a read token. Tokens are not stored, so this step
              is never ticked.
            </p>
            <Snippet text={component} />
          </Step>
          <Step title="Set up billing and webhooks" isDone={isTold && isCharged}>
            <p>
              {isCharged
                ? 'Stripe is configured.'
                : 'Stripe is not configured: set STRIPE_SECRET_KEY where the server runs, and invoices are collected.'}{' '}
              {isTold ? 'An endpoint receives events.' : 'No endpoint receives events.'}
            </p>
            {!isTold && <ButtonLink to="/webhooks">Add an endpoint</ButtonLink>}
          </Step>
        </ol>
      </Panel>
      {isOpen && <NewCustomer onClose={() => setIsOpen(false)} />}
    </Screen>
  )
}

const Snippet = ({ text }: { readonly text: string }) => (
  <>
    <pre>{text}</pre>
    <Copy text={text} shown="copy" />
  </>
)
