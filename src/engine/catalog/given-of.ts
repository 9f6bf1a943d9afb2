/**
 * The fields that a patch gives. A field that is present as `undefined` must not remove the old
 * value.
 */
export const givenOf = <Patch extends object>(patch: Patch): Partial<Patch> =>
  Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<Patch>
