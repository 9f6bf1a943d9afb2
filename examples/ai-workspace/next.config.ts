import type { NextConfig } from 'next'
import { withTollgate } from 'tollgate/next'

// The repository around it has a lock file of its own: this folder is the whole application.
const config: NextConfig = { turbopack: { root: import.meta.dirname } }

export default withTollgate(config)
