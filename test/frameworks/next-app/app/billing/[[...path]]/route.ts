import { toNextHandler } from 'tollgate/next'
import { getTollgate } from '../../../tollgate'

export const { GET, POST, PUT, PATCH, DELETE } = toNextHandler(getTollgate, {
  basePath: '/billing',
  adminKey: process.env.TOLLGATE_ADMIN_KEY,
})
