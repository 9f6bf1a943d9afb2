const MAX_TEXT_LENGTH = 20_000

/** A user's request: a text and the chosen extras. */
export interface Task {
  readonly text: string
  readonly extras: Readonly<Record<string, true>>
}

const EXTRAS = ['echo', 'traceback', 'alternatives', 'critical_path']

/**
 * Reads a copy of the body, so that the handler can still read it. Undefined if the body is no
 * task.
 */
export const taskOf = async (request: Request): Promise<Task | undefined> => {
  const body: unknown = await request
    .clone()
    .json()
    .catch(() => undefined)
  const { text, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT_LENGTH) {
    return undefined
  }
  const extras = Object.fromEntries(
    EXTRAS.filter((name) => rest[name] === true).map((name) => [name, true as const]),
  )
  return { text, extras }
}

/** A status from 400 up releases the hold, so an invalid task costs nothing. */
export const notATask = (): Response =>
  Response.json(
    { error: `Send {"text": "…"}, of at most ${MAX_TEXT_LENGTH} characters.` },
    { status: 400 },
  )
