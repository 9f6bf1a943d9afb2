import { TollgateError } from '../contract/errors.ts'

/** A part of the client whose code is loaded when it is first needed. */
interface OnDemand<Part> {
  /**
   * Loads it once. If that fails, the next caller tries again.
   *
   * @throws TollgateError `unavailable`
   */
  readonly load: () => Promise<Part>
  /** Waits for it; `undefined` if nobody needed it yet, or if it could not be loaded. */
  readonly loaded: () => Promise<Part | undefined>
}

/** Makes a part of the module that `importing` loads. */
export const onDemand = <Module, Part>(
  importing: () => Promise<Module>,
  partOf: (module: Module) => Part,
): OnDemand<Part> => {
  let part: Promise<Part> | undefined
  return {
    load: () => {
      part ??= importing().then(partOf, (cause: unknown) => {
        part = undefined
        throw new TollgateError('unavailable', {
          detail: "the client's code cannot be loaded",
          cause,
        })
      })
      return part
    },
    loaded: async () => part?.catch(() => undefined),
  }
}
