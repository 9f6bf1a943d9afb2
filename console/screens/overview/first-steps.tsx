import { CircleCheck, CircleDashed } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { counted } from '../../../src/react/format/index.ts'
import { apiUrl } from '../../api/place.ts'
import { useRead } from '../../api/use-api.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Panel, Screen } from '../../ui/panel.tsx'
import { NewCustomer } from '../customers/new-customer.tsx'
import css from './overview.module.css'

/** The way to the first call. Each step is ticked by what the API says, never by a click. */
export const FirstSteps = () => {
  const [isOpen, setIsOpen] = useState(false)
  const plans = useRead(['catalog', 'plans'], ({ catalog }, options) =>
    catalog.plans.list({}, options),
  )
  const count = plans.data?.length ?? 0
  const curl = [
    `curl -s ${apiUrl}/api/usage/track \\`,
    "  -H 'authorization: Bearer <the admin key>' -H 'content-type: application/json' \\",
    `  -d '{"organizationId":"acme","eventType":"api_call"}'`,
  ].join('\n')
  return (
    <Screen title="First steps" note="from an empty install to the first call">
      <Panel title="Each is ticked when the server sees it" isFlush>
        <ol className={css.steps}>
          <Step title="A catalog is in force" isDone={count > 0}>
            <p>
              {count > 0
                ? `${counted(count, 'plan')} can be sold.`
                : 'Start the server with --catalog NAME or FILE, or apply one with the command line.'}
            </p>
            <ButtonLink to="/catalog">Look at the catalog</ButtonLink>
          </Step>
          <Step title="Create the first customer" isDone={false}>
            <p>An organization on a plan: whoever pays, and whose calls are counted.</p>
            <Button kind="primary" onClick={() => setIsOpen(true)} disabled={count === 0}>
              Create a customer
            </Button>
          </Step>
          <Step title="Send the first call through the gate" isDone={false}>
            <p>It is priced, checked against the plan, and recorded once.</p>
            <pre>{curl}</pre>
            <Copy text={curl} shown="copy" />
          </Step>
        </ol>
      </Panel>
      {isOpen && <NewCustomer onClose={() => setIsOpen(false)} />}
    </Screen>
  )
}

const Step = ({
  title,
  isDone,
  children,
}: {
  readonly title: string
  readonly isDone: boolean
  readonly children: ReactNode
}) => (
  <li>
    <span className={css.sign} data-done={isDone || undefined}>
      {isDone ? (
        <CircleCheck size={18} aria-hidden="true" />
      ) : (
        <CircleDashed size={18} aria-hidden="true" />
      )}
      <span className="tg-visually-hidden">{isDone ? 'Done:' : 'To do:'}</span>
    </span>
    <div className={css.body}>
      <h3>{title}</h3>
      {children}
    </div>
  </li>
)
