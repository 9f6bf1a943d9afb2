import { plain, sentence } from '../../src/react/format/index.ts'
import { useRead } from '../api/use-api.ts'
import { useIsOperator } from '../session/rights.ts'
import css from './plan-name.module.css'

interface PlanWords {
  readonly name: string
  /** Set if another catalog has a plan with the same name. */
  readonly catalog: string | undefined
}

/**
 * The names of plans by `catalog/plan`. Only the operator may read them; other users see a name
 * derived from the key.
 */
const usePlanWords = (): ((plan: string) => PlanWords) => {
  const isOperator = useIsOperator()
  const plans = useRead(
    ['catalog', 'plans'],
    ({ catalog }, options) => catalog.plans.list({}, options),
    { isWanted: isOperator },
  )
  const all = plans.data ?? []
  return (plan) => {
    const found = all.find(({ catalog, key }) => `${catalog}/${key}` === plan)
    if (!found) return { name: sentence(plain(plan.split('/').at(-1) ?? plan)), catalog: undefined }
    const { name, catalog } = found
    const isShared = all.some((one) => one.name === name && one.catalog !== catalog)
    return { name, catalog: isShared ? catalog : undefined }
  }
}

/** The name and catalog as one text, for sentences, options and charts. */
export const usePlanNames = (): ((plan: string) => string) => {
  const wordsOf = usePlanWords()
  return (plan) => {
    const { name, catalog } = wordsOf(plan)
    return catalog === undefined ? name : `${name} of ${catalog}`
  }
}

/** A plan's name, with its catalog if the name is ambiguous. */
export const PlanName = ({
  plan,
  version,
}: {
  readonly plan: string
  readonly version?: number
}) => {
  const { name, catalog } = usePlanWords()(plan)
  const more = [catalog, version === undefined ? undefined : `v${version}`].filter(Boolean)
  return (
    <span className={css.plan} title={plan}>
      {name}
      {more.length > 0 && <small>{more.join(' ')}</small>}
    </span>
  )
}
