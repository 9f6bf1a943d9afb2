import { useIsOperator } from '../../session/rights.ts'
import { MyOrganizations } from './my-organizations.tsx'
import { Overview } from './overview.tsx'

/** The overview for the administrator; a user's own organizations for everyone else. */
export const Home = () => (useIsOperator() ? <Overview /> : <MyOrganizations />)
