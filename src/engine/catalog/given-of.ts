/** What a patch says: a field that is there as `undefined` must not take away what there was. */
export const givenOf = <Patch extends object>(patch: Patch): Partial<Patch> =>
  Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<Patch>
