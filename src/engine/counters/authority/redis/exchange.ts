import { AuthorityUnavailable } from '../authority-unavailable.ts'
import type { CircuitBreaker } from '../circuit-breaker.ts'
import { type Timer, withDeadline } from '../deadline.ts'
import type { CallBuilder, Caller } from './batch.ts'
import type { Connection, Script } from './connection.ts'
import type { Seeding } from './seeding.ts'

/** The parts that every request to Redis uses. */
export interface Link {
  readonly connection: Connection
  readonly breaker: CircuitBreaker
  readonly clock: Timer
  readonly timeoutMs: number
}

/** One script call that expects an answer. */
export interface Question {
  readonly organizationId: string
  readonly call: CallBuilder
  /**
   * Called with an answer that its caller cannot get, although the call was executed. The answer
   * came too late, or another question of the round failed.
   */
  readonly unheard: (answer: unknown) => void
}

/** The most rounds of seeding for one request. */
const MAX_SEEDINGS = 3

/**
 * Runs the work within the time-out, or throws `AuthorityUnavailable`. Work that was already sent
 * may still be executed, and `late` gets its result. Work that was not sent yet is dropped.
 */
export const inTime = <T>(
  { connection, breaker, clock, timeoutMs }: Link,
  work: () => Promise<T>,
  late: (value: T) => void = () => undefined,
): Promise<T> =>
  breaker.run(async () => {
    let expired = false
    const done = connection.ready().then(() => {
      if (expired) throw new AuthorityUnavailable('There was no connection in time.')
      return work()
    })
    try {
      return await withDeadline(done, timeoutMs, clock)
    } catch (error) {
      expired = true
      done.then(late, () => undefined)
      throw asUnavailable(error)
    }
  })

/** Asks all questions at once, and repeats those whose counters had to be seeded first. */
export const askAll = async (
  link: Link,
  seeding: Seeding,
  caller: Caller,
  script: Script,
  questions: readonly Question[],
): Promise<unknown[]> => {
  const answers = new Map<Question, unknown>()
  const seeds = new Map(questions.map((question) => [question, new Map<number, number>()]))
  try {
    for (let round = 0; answers.size < questions.length; round++) {
      if (round > MAX_SEEDINGS) throw new AuthorityUnavailable('Counters are lost again and again.')
      const open = questions.filter((question) => !answers.has(question))
      const calls = open.map(({ call }, i) => call.build(caller, seeds.get(open[i]!)!))
      const outcomes = await inTime(
        link,
        async () => allOrThrow(open, await link.connection.run(script, calls)),
        (late) => tellUnheard(open, late),
      )
      await Promise.all(
        open.map(async (question, i) => {
          const missing = missingOf(outcomes[i])
          if (!missing) answers.set(question, outcomes[i])
          else await seedInto(seeds.get(question)!, seeding, question, missing)
        }),
      )
    }
  } catch (error) {
    for (const [question, answer] of answers) question.unheard(answer)
    throw error
  }
  return questions.map((question) => answers.get(question))
}

const seedInto = async (
  known: Map<number, number>,
  seeding: Seeding,
  { organizationId, call }: Question,
  missing: readonly number[],
): Promise<void> => {
  const levels = await seeding(
    organizationId,
    missing.map((index) => call.counters[index]!),
  )
  for (const [i, index] of missing.entries()) known.set(index, levels[i]!)
}

/** Returns all answers. If one failed, it reports the others as unheard and throws. */
const allOrThrow = (
  questions: readonly Question[],
  outcomes: readonly PromiseSettledResult<unknown>[],
): unknown[] => {
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (!failed) return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value)
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') tellUnheard([questions[i]!], [outcome.value])
  }
  throw asUnavailable(failed.reason)
}

const tellUnheard = (questions: readonly Question[], answers: readonly unknown[]): void => {
  for (const [i, question] of questions.entries()) {
    if (!missingOf(answers[i])) question.unheard(answers[i])
  }
}

/** The indexes of missing counters, if the answer says that some are. */
const missingOf = (answer: unknown): readonly number[] | undefined => {
  const [done, missing] = answer as [number, readonly number[]]
  return done === 0 ? missing : undefined
}

const asUnavailable = (error: unknown): AuthorityUnavailable =>
  error instanceof AuthorityUnavailable
    ? error
    : new AuthorityUnavailable(`Redis could not be asked: ${(error as Error).message}`, {
        cause: error,
      })
