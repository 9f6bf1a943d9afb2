import type { NextConfig } from 'next'
import { withTollgate } from 'tollgate/next'

// The surrounding repository has its own lock file. This line makes this folder the application's
// root.
const config: NextConfig = { turbopack: { root: import.meta.dirname } }

export default withTollgate(config)
