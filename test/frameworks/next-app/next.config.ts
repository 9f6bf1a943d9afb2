import type { NextConfig } from 'next'
import { withTollgate } from 'tollgate/next'

const config: NextConfig = { cacheComponents: true }

export default withTollgate(config)
