import { Link } from '@tanstack/react-router'
import css from './link.module.css'

/** A customer's name, with a link to its page. */
export const CustomerLink = ({
  organizationId,
  name,
}: {
  readonly organizationId: string
  readonly name?: string | null
}) => (
  <Link
    to="/customers/$organizationId"
    params={{ organizationId }}
    className={`${css.link} ${css.strong}`}
    title={organizationId}
  >
    {name ?? organizationId}
  </Link>
)
