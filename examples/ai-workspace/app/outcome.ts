/**
 * What a server action came to. Of what it throws, Next tells a page nothing in production, so what
 * a person is to read is returned.
 */
export type Outcome<Value> = { readonly value: Value } | { readonly problem: string }

/** For parts that show what was thrown. */
export const resultOf = <Value>(outcome: Outcome<Value>): Value => {
  if ('problem' in outcome) throw new Error(outcome.problem)
  return outcome.value
}
