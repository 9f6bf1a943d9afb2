import { toNextHandler } from 'tollgate/next'
import { authentication } from '@/workspace/people'
import { getTollgate } from '@/workspace/tollgate'

/** Tollgate's own HTTP API: usage, limits, keys, invoices. It accepts the same tokens. */
export const { GET, POST, PUT, PATCH, DELETE } = toNextHandler(getTollgate, {
  ...authentication(),
  basePath: '/billing',
})
