import { describeModel } from './describe-model.ts'

describeModel('the gate on leases compared with a model in plain TypeScript', { decide: 'leased' })
