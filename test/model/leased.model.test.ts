import { describeModel } from './describe-model.ts'

describeModel('the gate on leases, beside a model in plain TypeScript', { decide: 'leased' })
