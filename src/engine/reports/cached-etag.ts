import type { Context } from '../context.ts'
import type { Question } from './answers.ts'
import { dailyQuestion } from './daily.ts'
import { dashboardQuestion } from './dashboard.ts'
import { endpointsQuestion } from './endpoints.ts'

/** The operations whose answers have an ETag. */
const QUESTIONS: Readonly<Record<string, (ctx: Context, input: never) => Question<object>>> = {
  'usage.dashboard': dashboardQuestion,
  'usage.daily': dailyQuestion,
  'usage.endpoints': endpointsQuestion,
}

/** The ETag of the operation's answer, if it is cached and nothing was written since. */
export const cachedEtag = async (
  ctx: Context,
  operation: string,
  input: object,
): Promise<string | undefined> => {
  const question = QUESTIONS[operation]?.(ctx, input as never)
  // If this fails, the operation fails as well and reports why.
  return question && ctx.reports.answers.etag(question).catch(() => undefined)
}
