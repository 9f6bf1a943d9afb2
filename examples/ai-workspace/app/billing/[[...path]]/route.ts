import { toNextHandler } from 'tollgate/next'
import { authentication } from '@/workspace/people'
import { getTollgate } from '@/workspace/tollgate'

/** Tollgate's own HTTP: usage, limits, keys, invoices. The same tokens open it. */
export const { GET, POST, PUT, PATCH, DELETE } = toNextHandler(getTollgate, {
  ...authentication(),
  basePath: '/billing',
})
