type Input = { readonly value: Record<string, unknown> } | { readonly fault: string }

/** Parses the input of a run as a JSON object, or returns an error. */
export const inputOf = (typed: string): Input => {
  if (typed.trim() === '') return { value: {} }
  try {
    const value: unknown = JSON.parse(typed)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { value: value as Record<string, unknown> }
      : { fault: 'must be an object, such as {"plan": "ai-workspace/free"}' }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : 'is not valid JSON' }
  }
}
