/** Patterns of secrets, and their replacements. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Tollgate's own keys and tokens keep their public prefix.
  [/\b(tg(?:svc|a|r)?_[\w-]{4})[\w.-]{12,}/g, '$1…'],
  [/\b(whsec_|[srp]k_(?:live|test)_)[\w+/=-]+/g, '$1…'],
  [/\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?/g, '…'],
  [/\b(bearer|basic)(\s+)[\w.~+/=-]+/gi, '$1$2…'],
  [/-----BEGIN [^-]+-----[^"]*?-----END [^-]+-----/g, '…'],
  [/:\/\/[^\s/@"'\\]*:[^\s/@"'\\]*@/g, '://…@'],
  // The path of a webhook URL is often its only secret.
  [/\b(https?:\/\/[^\s/?#"'\\]+)[/?#][^\s"'\\]*/gi, '$1/…'],
  [
    /\b((?:password|passwd|secret|token|api_?key)(?:\\*["'])?\s*[=:]\s*(?:\\*["'])?)[^\s"'\\,;&]+/gi,
    '$1…',
  ],
]

/** The names of environment variables whose values must never be printed. */
const SECRET_NAME = /SECRET|PASSWORD|TOKEN|_KEY$/
const SECRET_URL = /_URL$/
/** Shorter values would match ordinary words. */
const SHORTEST = 8

/**
 * Creates a function that removes secrets from a line: values of the environment, and text that
 * looks like a secret.
 */
export const redactor = (
  env: Readonly<Record<string, string | undefined>>,
): ((line: string) => string) => {
  const secrets = Object.entries(env)
    .flatMap(([name, value = '']) => {
      if (SECRET_NAME.test(name)) return [value, ...value.split(',')]
      return SECRET_URL.test(name) ? passwordsOf(value) : []
    })
    .filter((secret) => secret.length >= SHORTEST)
    // A line is JSON, where some characters are escaped.
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .sort((one, other) => other.length - one.length)
  return (line) => {
    let left = line
    for (const secret of secrets) left = left.replaceAll(secret, '…')
    for (const [pattern, rest] of PATTERNS) left = left.replace(pattern, rest)
    return left
  }
}

const passwordsOf = (text: string): readonly string[] => {
  const { password = '' } = URL.canParse(text) ? new URL(text) : {}
  return [password, decodeURIComponent(password)]
}

/**
 * The fields of an error that help to find its cause. Properties that a driver or SDK added, such
 * as rows, are dropped.
 */
export const errorFields = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return typeof error === 'object' ? typeof error : String(error)
  const parts = error as Error & Readonly<Record<string, unknown>>
  const shown = SHOWN.flatMap((name) =>
    ['string', 'number'].includes(typeof parts[name]) ? [[name, parts[name]]] : [],
  )
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(shown),
    ...(error.cause !== undefined && depth < MOST_CAUSES
      ? { cause: errorFields(error.cause, depth + 1) }
      : {}),
  }
}

const MOST_CAUSES = 5
const SHOWN = [
  ...['code', 'status', 'statusCode', 'severity', 'schema', 'table', 'constraint', 'routine'],
  ...['syscall', 'errno'],
]
