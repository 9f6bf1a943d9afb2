import { byPressure, limitText } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { LimitCell } from '../../ui/limit-line.tsx'
import css from './customers.module.css'

/** The limit of which most is used, now. */
export const TightestLimit = ({ organizationId }: { readonly organizationId: string }) => {
  const current = useRead(['customer', organizationId, 'current'], ({ usage }, options) =>
    usage.current({ organizationId }, options),
  )
  const tightest = [...(current.data?.limits ?? [])].sort(byPressure)[0]
  if (!tightest) return <span>{current.isPending ? '' : '—'}</span>
  return (
    <span className={css.limit}>
      <LimitCell limit={tightest} />
      <small title={tightest.limit}>{limitText(tightest.meter, tightest.window)}</small>
    </span>
  )
}
