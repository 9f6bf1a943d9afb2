'use client'
import { useId, useRef, useState } from 'react'
import { useWords } from '../hooks/context.ts'
import { usePlans } from '../hooks/use-plans.ts'
import { BlockNote, type BlockReading, isWithoutData, Skeleton } from '../parts/block-state.tsx'
import { Icon } from '../parts/icons.tsx'
import { type Common, classesOf } from '../parts/names.ts'
import { Root } from '../parts/root.tsx'
import type { Words } from '../words/words.ts'
import type { PlanChoice } from './plan-choice.ts'

interface Look extends Common {
  /** Changes the plan through your server; a browser token may not. */
  readonly onChoose?: ((plan: PlanChoice) => void | Promise<void>) | undefined
  /** Returns a text to show before the user confirms, such as today's charge. */
  readonly preview?: ((plan: PlanChoice) => Promise<string>) | undefined
}

interface Given extends Look {
  /** The answer of `GET …/plans` for the organization. */
  readonly plans: readonly PlanChoice[] | undefined
  /** The plan recommended by `GET …/usage/recommendation`. */
  readonly recommended?: string | null | undefined
  readonly reading?: BlockReading | undefined
}

interface Read extends Look {
  readonly organizationId?: string | undefined
}

export type PlanPickerProps = Given | Read

/**
 * Plans side by side, to choose one. With `plans` it renders them; otherwise it reads them from the
 * surrounding `TollgateProvider`.
 */
export const PlanPicker = (props: PlanPickerProps) =>
  'plans' in props ? <PlanPickerView {...props} /> : <ReadPlanPicker {...props} />

const ReadPlanPicker = ({ organizationId, onChoose, ...look }: Read) => {
  const { plans, recommendation } = usePlans(organizationId)
  const { status, error, retry } = plans
  const choose = async (plan: PlanChoice) => {
    await onChoose?.(plan)
    retry()
  }
  return (
    <PlanPickerView
      {...look}
      onChoose={onChoose && choose}
      plans={plans.data?.plans}
      recommended={recommendation.data?.recommended}
      reading={{ status, error, retry }}
    />
  )
}

const PlanPickerView = (props: Given) => {
  const { plans, onChoose, preview, recommended, reading, className } = props
  const words = useWords()
  const { say } = words
  const classOf = classesOf('plans', props.parts)
  const name = useId()
  const [chosen, setChosen] = useState<string>()
  const latest = useRef<string>(undefined)
  const [said, setSaid] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const status = reading?.status ?? 'ready'
  const picked = plans?.find(({ plan }) => plan === chosen)

  const choose = (plan: PlanChoice) => {
    setChosen(plan.plan)
    setSaid(undefined)
    setFailure(undefined)
    latest.current = plan.plan
    // An earlier choice may be answered later, and its charge is not that of this plan.
    const isLatest = () => latest.current === plan.plan
    preview?.(plan).then(
      (text) => isLatest() && setSaid(text),
      (error: unknown) => isLatest() && setFailure(textOf(error, say.failed)),
    )
  }
  const confirm = async () => {
    if (!picked || !onChoose) return
    setIsBusy(true)
    setFailure(undefined)
    try {
      await onChoose(picked)
    } catch (error) {
      setFailure(textOf(error, say.failed))
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <Root
      block="plans"
      label={say.plans}
      state={status}
      isBusy={!plans && !isWithoutData(status)}
      className={className}
    >
      {!plans ? (
        reading && isWithoutData(status) ? (
          <BlockNote reading={reading} />
        ) : (
          <div className={classOf('list')}>
            <Skeleton lines={1} tall="chart" />
            <Skeleton lines={1} tall="chart" />
            <Skeleton lines={1} tall="chart" />
          </div>
        )
      ) : plans.length === 0 ? (
        <p className="tg-empty" data-tall="">
          {say.noPlans}
        </p>
      ) : (
        <fieldset className={classOf('list')} disabled={isBusy}>
          <legend className="tg-visually-hidden">{say.plans}</legend>
          {plans.map((plan) => (
            <label
              key={plan.plan}
              className={classOf('plan')}
              data-state={plan.current ? 'current' : plan.scheduledFor ? 'scheduled' : undefined}
            >
              <input
                type="radio"
                name={name}
                value={plan.plan}
                checked={(chosen ?? plans.find(({ current }) => current)?.plan) === plan.plan}
                disabled={!onChoose || plan.selectable === false}
                onChange={() => choose(plan)}
              />
              <PlanText {...{ plan, words, classOf, isFitting: plan.plan === recommended }} />
            </label>
          ))}
        </fieldset>
      )}
      {picked && !picked.current && onChoose && (
        <footer className={classOf('footer')}>
          <p role="status">{failure ?? said ?? (preview ? say.choosing : '')}</p>
          <button
            type="button"
            className="tg-button"
            data-primary=""
            disabled={isBusy || (preview !== undefined && said === undefined)}
            onClick={() => void confirm()}
          >
            {isBusy ? say.choosing : say.choose(picked.name)}
          </button>
        </footer>
      )}
    </Root>
  )
}

interface PlanTextProps {
  readonly plan: PlanChoice
  readonly words: Words
  readonly classOf: (part: string) => string
  readonly isFitting: boolean
}

const PlanText = ({ plan, words, classOf, isFitting }: PlanTextProps) => {
  const { say } = words
  return (
    <>
      <span className={classOf('name')}>{plan.name}</span>
      <span className={classOf('price')}>
        {plan.monthlyPriceUsd === null ? (
          <b>{say.byAgreement}</b>
        ) : (
          <>
            <b>{words.price(plan.monthlyPriceUsd)}</b> {say.aMonth}
          </>
        )}
      </span>
      <span className={classOf('notes')}>
        {plan.current && <span className="tg-tag">{say.currentPlan}</span>}
        {plan.scheduledFor && (
          <span className="tg-tag">{say.scheduledPlan(words.date(plan.scheduledFor, 'UTC'))}</span>
        )}
        {isFitting && (
          <span className={classOf('fits')}>
            <Icon name="check" />
            {say.fits}
          </span>
        )}
      </span>
      <span className={classOf('limits')}>
        {plan.limits.map((limit) => (
          <span
            key={`${limit.meter} ${limit.window} ${limit.per ?? ''}`}
            className={classOf('limit')}
          >
            <span>{words.planLimit(limit.meter, limit.window)}</span>
            <span>
              <b>{limit.max === null ? say.unlimited : words.amount(limit.max, limit.meter)}</b>
              {limit.max !== null && <small>{say.pastIt[limit.behavior]}</small>}
            </span>
          </span>
        ))}
      </span>
      <span className="tg-fact">
        {plan.current && (plan.newestVersion ?? 0) > (plan.version ?? 0) && say.newerVersion}
      </span>
    </>
  )
}

const textOf = (error: unknown, otherwise: string): string =>
  error instanceof Error && error.message !== '' ? error.message : otherwise
