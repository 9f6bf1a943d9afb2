import { Empty } from '../ui/block.tsx'
import { ButtonLink } from '../ui/button.tsx'

export const NotFound = () => (
  <Empty title="Page not found" act={<ButtonLink to="/">To the overview</ButtonLink>}>
    The address may be of another version of the console.
  </Empty>
)
