import { describeModel } from './describe-model.ts'

describeModel('the gate compared with a model in plain TypeScript')
