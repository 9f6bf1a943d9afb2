import { useIsOperator } from '../../session/rights.ts'
import { MyOrganizations } from './my-organizations.tsx'
import { Overview } from './overview.tsx'

/** The platform for its administrator; for everybody else what is theirs. */
export const Home = () => (useIsOperator() ? <Overview /> : <MyOrganizations />)
