import type { WorkflowDefinition } from '../../contract/workflow-definition.ts'

const NAME = /^[a-z][a-z0-9_]{0,63}$/
const VERSION = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/
const MOST_STEPS = 100

/**
 * The workflow definitions of this process. Older versions only continue the runs that they began.
 */
export class WorkflowBook {
  readonly all: readonly WorkflowDefinition[]

  /** @throws TypeError for an invalid definition. */
  constructor(definitions: readonly WorkflowDefinition[]) {
    definitions.forEach(checkDefinition)
    const names = definitions.map(({ name, version }) => `${name}@${version}`)
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    if (twice !== undefined) throw new TypeError(`workflows: ${twice} is given twice`)
    this.all = definitions
  }

  /** The definition for a new run: of several versions, the one that was given first. */
  toStart(name: string): WorkflowDefinition | undefined {
    return this.all.find((one) => one.name === name)
  }

  /**
   * The definition of the version that a run began with. Undefined if its list of steps has
   * changed.
   */
  of(run: {
    readonly workflow: string
    readonly version: string
    readonly steps: readonly string[]
  }): WorkflowDefinition | undefined {
    return this.all.find(
      ({ name, version, steps }) =>
        name === run.workflow &&
        version === run.version &&
        steps.length === run.steps.length &&
        steps.every((step, at) => step.name === run.steps[at]),
    )
  }
}

const checkDefinition = ({ name, version, steps }: WorkflowDefinition): void => {
  if (!NAME.test(name)) throw new TypeError(`workflows: the name "${name}" must be ${NAME}`)
  if (!VERSION.test(version)) {
    throw new TypeError(`workflows: the version "${version}" of ${name} must be ${VERSION}`)
  }
  if (steps.length === 0 || steps.length > MOST_STEPS) {
    throw new TypeError(`workflows: ${name} must have from 1 to ${MOST_STEPS} steps`)
  }
  for (const [at, step] of steps.entries()) {
    if (!NAME.test(step.name)) {
      throw new TypeError(`workflows: the step "${step.name}" of ${name} must be ${NAME}`)
    }
    if (steps.findIndex((one) => one.name === step.name) !== at) {
      throw new TypeError(`workflows: ${name} has two steps "${step.name}"`)
    }
  }
}
