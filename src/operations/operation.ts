import { z } from 'zod'
import type { ErrorCode } from '../contract/errors.ts'
import type { Registries } from '../contract/registries.ts'
import { organizationIdSchema, storableText } from '../contract/text.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { isRight, type Right } from '../core/rights.ts'

/**
 * Who may call an operation. The administrator may call all of them.
 * - A right: whoever has it in the organization of the call.
 * - `public`: anyone, because the answer contains nobody's data.
 * - `demo`: anyone on this machine, in demo mode only.
 * - `admin`: the platform's administrator.
 * - `cron`: the platform's scheduler.
 * - `caller`: anyone with a valid credential.
 */
export type Access = 'public' | 'demo' | 'admin' | 'cron' | 'caller' | Right

/**
 * Whether the same call may be sent twice. `read`: it changes nothing. `keyed`: it has an `id`,
 * which counts once. `first`: a repetition returns the first result. `never`: it would act twice,
 * or show a one-time secret.
 */
type Repeat = 'read' | 'keyed' | 'first' | 'never'

/**
 * How an answer is written. `json` needs no more. The others are functions of `http/answers.ts`: a
 * decision with rate limit headers, a replayable result, an ETag, a list that is also available as
 * a file, a stream of events. `ingest` and `raw` read their bodies themselves.
 */
export type Form =
  | 'json'
  | 'decision'
  | 'replayable'
  | 'etag'
  | 'file'
  | 'lines'
  | 'events'
  | 'ingest'
  | 'raw'

/** Settings that only the wire format needs. */
interface OnTheWire {
  readonly status?: 200 | 201
  readonly form?: Form
  /** The field that contains a list; the library returns the bare list. */
  readonly wrap?: string
  /** A second path, with `catalog/key` in two segments. */
  readonly alias?: string
  /** Also answers every path below its own. */
  readonly below?: true
  /** The operation that answers when the query has `format`. */
  readonly file?: string
  /** The value of the header `Location`, as a template of fields of the answer. */
  readonly location?: string
  /** Input fields that are read from headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** Accepts `tenantId` as an alias of `organizationId` in the query. */
  readonly tenantId?: boolean
}

/** The part of a call that names its organization. */
type AboutWhom = 'path' | 'query' | 'body' | 'each event'

/** An operation as data. It depends neither on the engine nor on HTTP. */
export interface Operation<
  Name extends string = string,
  Input extends z.ZodType = z.ZodType,
  Needed extends Access = Access,
> {
  /** The verb of `Tollgate`, also the `operationId`, the metric and the tool. */
  readonly name: Name
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** The path, with input fields in braces. */
  readonly path: string
  readonly right: Needed
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** The fields in the path, and their schemas. */
  readonly params: Readonly<Record<string, z.ZodType>>
  readonly query: z.ZodObject | undefined
  readonly body: z.ZodType | undefined
  /** The body as documented, when the verb checks part of it itself. */
  readonly documented: z.ZodType | undefined
  readonly example: unknown
  /** Path, query and body as one flat object. */
  readonly input: Input
  readonly output: z.ZodType | undefined
  /** One sentence about the content of a successful answer. */
  readonly answer: string
  readonly repeat: Repeat
  readonly problems: readonly ErrorCode[]
  /** The verb checks its input itself: faster, or event by event. */
  readonly checksItself: boolean
  /** The call uses something, and its `userId` names the user. */
  readonly saysWhose: boolean
  /** `undefined`: no right in an organization is needed. */
  readonly about: AboutWhom | undefined
  readonly http: OnTheWire
}

/** The names of an interface's verbs; a nested verb is `members.add`. */
type NamesOf<Part, Prefix extends string = ''> = {
  [Key in keyof Part & string]: Part[Key] extends (...args: never[]) => unknown
    ? `${Prefix}${Key}`
    : NamesOf<Part[Key], `${Prefix}${Key}.`>
}[keyof Part & string]

/** Every verb of `Tollgate` that is an operation and not composed of others. */
export type OperationName = NamesOf<Omit<Tollgate, 'run' | 'as' | keyof Registries>>

type At<Part, Name extends string> = Name extends `${infer Key}.${infer Rest}`
  ? Key extends keyof Part
    ? At<Part[Key], Rest>
    : never
  : Name extends keyof Part
    ? Part[Name]
    : never

/** The verb with a name, typed as in `Tollgate`. */
export type VerbNamed<Name extends string> = Extract<
  At<Tollgate, Name>,
  // biome-ignore lint/suspicious/noExplicitAny: any verb
  (...args: any[]) => unknown
>

type Braces<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Braces<Rest>
  : never

type Shape = Readonly<Record<string, z.ZodType>>
type TakenInPath<Path extends string, Params extends Shape> = {
  [Name in Braces<Path>]: Name extends keyof Params ? z.input<Params[Name]> : string
}
type GivenInPath<Path extends string, Params extends Shape> = {
  [Name in Braces<Path>]: Name extends keyof Params ? z.output<Params[Name]> : string
}
type TakenBy<Schema> = Schema extends z.ZodType ? z.input<Schema> : unknown
type GivenBy<Schema> = Schema extends z.ZodType ? z.output<Schema> : unknown
type Flat<Path extends string, Params extends Shape, Query, Body> = z.ZodType<
  GivenBy<Query> & GivenBy<Body> & GivenInPath<Path, Params>,
  TakenBy<Query> & TakenBy<Body> & TakenInPath<Path, Params>
>

/** Requires the schema to accept what the verb accepts. The entry adds the organization. */
type Accepts<Name extends OperationName, Input> =
  Omit<NonNullable<Parameters<VerbNamed<Name>>[0]>, 'organizationId'> extends Omit<
    Input,
    'organizationId'
  >
    ? unknown
    : { readonly input: 'must accept what the verb accepts' }

interface Declaration<Name, Path, Needed, Params, Query, Body> {
  readonly name: Name
  readonly method: Operation['method']
  readonly path: Path
  readonly right: Needed
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** The schemas of fields in braces; default: text of up to 255 characters. */
  readonly params?: Params
  readonly query?: Query
  /** The schemas of fields in `http.headers` that are not in the body. */
  readonly headers?: Shape
  readonly body?: Body
  readonly documented?: z.ZodType
  readonly example?: unknown
  readonly output?: z.ZodType
  readonly answer: string
  readonly repeat: Repeat
  readonly problems?: readonly ErrorCode[]
  readonly checksItself?: boolean
  readonly http?: OnTheWire
}

type AnyDeclaration = Declaration<string, string, Access, Shape, z.ZodObject, z.ZodObject>

/** Declares an operation. The compiler compares it with the verb of the same name. */
export const operation = <
  const Name extends OperationName,
  const Path extends string,
  const Needed extends Access,
  Params extends Shape = Record<never, never>,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>(
  declaration: Declaration<Name, Path, Needed, Params, Query, Body> &
    (Name extends 'record'
      ? unknown
      : Accepts<Name, TakenBy<Query> & TakenBy<Body> & TakenInPath<Path, Params>>),
): Operation<Name, Flat<Path, Params, Query, Body>, Needed> => {
  const whole = completed(declaration as AnyDeclaration)
  return whole as unknown as Operation<Name, Flat<Path, Params, Query, Body>, Needed>
}

/** The fields in braces, in order. */
export const fieldsInPath = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)

/** Completes a declaration with everything that follows from it. */
export const completed = (declaration: AnyDeclaration): Operation => {
  const { right, headers, body, http = {}, problems = [], checksItself = false } = declaration
  const params = paramsOf(declaration)
  const about = isRight(right) ? aboutWhom(declaration) : undefined
  const query = queryOf(declaration, about)
  return {
    ...declaration,
    params,
    query,
    body,
    documented: declaration.documented,
    example: declaration.example,
    output: declaration.output,
    input: flatOf({ ...params, ...headers }, query, body),
    problems,
    checksItself,
    saysWhose: right === 'gate.use' && body !== undefined && 'userId' in body.shape,
    about,
    http,
  }
}

const paramsOf = ({ path, params = {} }: { path: string; params?: Shape }): Shape =>
  Object.fromEntries(
    fieldsInPath(path).map((name) => [
      name,
      params[name] ?? (name === 'organizationId' ? organizationIdSchema : storableText(255)),
    ]),
  )

const aboutWhom = ({
  name,
  path,
  body,
}: {
  name: string
  path: string
  body?: z.ZodObject
}): AboutWhom => {
  if (path.includes('{organizationId}')) return 'path'
  if (name === 'record') return 'each event'
  return body && 'organizationId' in body.shape ? 'body' : 'query'
}

const organizationInQuery = z.strictObject({
  organizationId: organizationIdSchema
    .optional()
    .describe(
      "required with a key of the platform; with an API key it is the key's own organization",
    ),
})

const queryOf = (
  { query }: { query?: z.ZodObject },
  about: AboutWhom | undefined,
): z.ZodObject | undefined => {
  if (about !== 'query') return query
  return query ? query.safeExtend(organizationInQuery.shape) : organizationInQuery
}

/** Extends the schema instead of rebuilding it, so that its refinements stay. */
const flatOf = (
  params: Shape,
  query: z.ZodObject | undefined,
  body: z.ZodObject | undefined,
): z.ZodType => {
  const first = body ?? query ?? z.strictObject({})
  const others = { ...(body && query ? query.shape : {}), ...params }
  return Object.keys(others).length > 0 ? first.safeExtend(others) : first
}

/** The field of the answer that contains the items of a page; `undefined` for other answers. */
export const pageFieldOf = ({
  output,
}: Pick<Operation, 'output'>): 'items' | 'events' | undefined => {
  if (!(output instanceof z.ZodObject)) return undefined
  if ('pagination' in output.shape) return 'events'
  return 'nextCursor' in output.shape ? 'items' : undefined
}
