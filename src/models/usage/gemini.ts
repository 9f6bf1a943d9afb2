import { countOf, objectOf, objectsOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'

/**
 * Reads usage of Gemini. Gemini reports tool prompts and thoughts outside the totals; Tollgate's
 * totals include both.
 */
export const geminiUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  const prompt = countOf(told?.promptTokenCount)
  if (!told || prompt === undefined) return undefined
  const reasoningTokens = countOf(told.thoughtsTokenCount)
  return amountsOf({
    inputTokens: prompt + (countOf(told.toolUsePromptTokenCount) ?? 0),
    cachedInputTokens: countOf(told.cachedContentTokenCount),
    inputAudioTokens: modality(told.promptTokensDetails, 'AUDIO'),
    inputImageTokens: modality(told.promptTokensDetails, 'IMAGE'),
    inputVideoTokens: modality(told.promptTokensDetails, 'VIDEO'),
    cachedAudioTokens: modality(told.cacheTokensDetails, 'AUDIO'),
    cachedImageTokens: modality(told.cacheTokensDetails, 'IMAGE'),
    outputTokens: (countOf(told.candidatesTokenCount) ?? 0) + (reasoningTokens ?? 0),
    reasoningTokens,
    outputAudioTokens: modality(told.candidatesTokensDetails, 'AUDIO'),
    outputImageTokens: modality(told.candidatesTokensDetails, 'IMAGE'),
    outputVideoTokens: modality(told.candidatesTokensDetails, 'VIDEO'),
  })
}

const modality = (details: unknown, name: string): number | undefined => {
  const counts = objectsOf(details)
    .filter((one) => textOf(one.modality) === name)
    .flatMap((one) => countOf(one.tokenCount) ?? [])
  return counts.length === 0 ? undefined : counts.reduce((all, one) => all + one, 0)
}
