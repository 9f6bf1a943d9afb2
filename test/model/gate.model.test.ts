import { describeModel } from './describe-model.ts'

describeModel('the gate, beside a model in plain TypeScript')
