/** Stands in for a model. */
export const answerTo = async (question: unknown): Promise<{ text: string; tokens: number }> => ({
  text: `You asked: ${String(question)}`,
  tokens: 42,
})
