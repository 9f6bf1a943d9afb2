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
    <Screen title="First steps" note={`${done} of ${all} are seen by the server`}>
      <Panel title="Each is ticked when the server sees it" note="looked at every 5 s" isFlush>
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
                <p>An organization on a plan: whoever pays, and whose calls are counted.</p>
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
                'With it the customer’s backend calls the gate for itself alone. Yours may use a service key, from Settings.'
              ) : key.lastUsedAt === null ? (
                `“${key.name}” was made, and was not used yet.`
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
              <p>It is priced, checked against the plan, and recorded once. It waits for one.</p>
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
              A read token for a page of yours, and a component there. Tokens are kept nowhere, so
              nothing ticks this.
            </p>
            <Snippet text={component} />
          </Step>
          <Step title="Charge, and be told" isDone={isTold && isCharged}>
            <p>
              {isCharged
                ? 'Stripe is configured.'
                : 'Stripe is not configured: set STRIPE_SECRET_KEY where the server runs, and invoices are collected.'}{' '}
              {isTold
                ? 'An endpoint is told of what happens.'
                : 'No endpoint is told of what happens.'}
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
