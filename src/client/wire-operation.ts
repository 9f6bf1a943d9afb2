/** Input fields by name. */
export type Fields = Record<string, unknown>

/** An operation as the client needs it: where each field goes, and whether it may be repeated. */
export interface WireOperation {
  readonly method: string
  /** The path, with input fields in braces. */
  readonly path: string
  /** The fields that are in neither path nor query form a JSON body. */
  readonly hasBody?: boolean
  /** The fields that go into the query beside a body. Without a body, all others do. */
  readonly query?: readonly string[]
  /** It is about no organization of the client's own. Other calls get that one if they name none. */
  readonly isOfPlatform?: boolean
  /** A list of events, each of which has an organization and an id. */
  readonly isBatch?: boolean
  /** It has an `id`, which counts once. */
  readonly isKeyed?: boolean
  /** A second request would act twice, so the call is never repeated. */
  readonly isOnce?: boolean
  /** The answer says whether it is a replay. */
  readonly isReplayable?: boolean
  /** The field that contains a list. */
  readonly wrap?: string
  /** Takes fields that are sent in another way. */
  readonly special?: (fields: Fields) => SpecialParts
  /** Reads an answer that is a stream. */
  readonly stream?: (body: ReadableStream<Uint8Array>) => AsyncIterable<unknown>
  /** The kind of answer. Default: JSON. */
  readonly accept?: string
}

/** The parts of a request that are not path, query or JSON body. */
export interface SpecialParts {
  readonly headers?: Readonly<Record<string, string>>
  /** Replaces the JSON body. */
  readonly body?: string
}
