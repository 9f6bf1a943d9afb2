/**
 * The result of a server action. In production Next hides a thrown error's message from the page,
 * so actions return the message instead.
 */
export type Outcome<Value> = { readonly value: Value } | { readonly problem: string }

/**
 * Returns the value, or throws the problem as an error, because `tollgate/react` shows thrown
 * errors.
 */
export const resultOf = <Value>(outcome: Outcome<Value>): Value => {
  if ('problem' in outcome) throw new Error(outcome.problem)
  return outcome.value
}
