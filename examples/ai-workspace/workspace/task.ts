const MAX_TEXT_LENGTH = 20_000

/** What somebody asks for: a text, and which extras they want. */
export interface Task {
  readonly text: string
  readonly extras: Readonly<Record<string, true>>
}

const EXTRAS = ['echo', 'traceback', 'alternatives', 'critical_path']

/** Leaves the request's body to be read again. Undefined where it is no task. */
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

/** An answer from 400 up gives back what was held, so a task that is none costs nothing. */
export const notATask = (): Response =>
  Response.json(
    { error: `Send {"text": "…"}, of at most ${MAX_TEXT_LENGTH} characters.` },
    { status: 400 },
  )
