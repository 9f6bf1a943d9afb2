import { toNextHandler } from 'tollgate/next'
import { getTollgate } from '../../../tollgate'

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = toNextHandler(getTollgate, {
  basePath: '/billing',
  adminKey: process.env.TOLLGATE_ADMIN_KEY,
})
