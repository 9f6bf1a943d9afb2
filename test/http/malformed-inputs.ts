import type { SendOptions } from './door.ts'

/** A valid event. */
export const GOOD = { eventType: 'structuring_diagnose', properties: { complexity: 2 } }

/** A valid event with one changed part. */
const withField = (text: string): string => `{"eventType":"structuring_diagnose",${text}}`

export interface Malformed {
  readonly name: string
  readonly send: SendOptions
  readonly status?: number
  readonly code?: string
  readonly field: string
}

/** Bodies that are no event. */
export const BODIES: readonly Malformed[] = [
  { name: 'no body', send: {}, field: 'body' },
  {
    name: 'an empty body',
    send: { body: '' },
    field: 'body',
  },
  { name: 'a body of white space', send: { body: ' \n' }, field: 'body' },
  { name: 'JSON that is cut off', send: { body: '{"eventType":"struct' }, field: 'body' },
  { name: 'NaN', send: { body: withField('"quantities":{"ai_calls":NaN}') }, field: 'body' },
  {
    name: 'Infinity',
    send: { body: withField('"quantities":{"ai_calls":Infinity}') },
    field: 'body',
  },
  { name: 'an array', send: { body: [GOOD] }, field: 'body' },
  { name: 'null', send: { body: 'null' }, field: 'body' },
  { name: 'a text', send: { body: '"structuring_diagnose"' }, field: 'body' },
  { name: 'a number', send: { body: '1' }, field: 'body' },
  {
    name: 'a form',
    send: {
      body: 'eventType=structuring_diagnose',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    status: 415,
    code: 'unsupported_media_type',
    field: 'body',
  },
  {
    name: 'a body declared as compressed',
    send: { body: GOOD, headers: { 'content-encoding': 'gzip' } },
    status: 415,
    code: 'unsupported_media_type',
    field: 'Content-Encoding',
  },
  {
    name: 'JSON declared as text',
    send: { body: GOOD, headers: { 'content-type': 'text/plain' } },
    status: 415,
    code: 'unsupported_media_type',
    field: 'body',
  },
  {
    name: 'JSON without a content type',
    send: { body: GOOD, headers: { 'content-type': '' } },
    status: 415,
    code: 'unsupported_media_type',
    field: 'body',
  },
  {
    name: '2 MB of JSON',
    send: { body: withField(`"userId":"${'x'.repeat(2_000_000)}"`) },
    status: 413,
    code: 'body_too_large',
    field: 'body',
  },
]

/** Events with one wrong field. */
export const FIELDS: readonly Malformed[] = [
  { name: 'no event type', send: { body: {} }, field: 'eventType' },
  { name: 'an event type of null', send: { body: { eventType: null } }, field: 'eventType' },
  { name: 'an event type that is a number', send: { body: { eventType: 7 } }, field: 'eventType' },
  { name: 'an empty event type', send: { body: { eventType: '' } }, field: 'eventType' },
  {
    name: 'an id that is a number',
    send: { body: withField('"id":7') },
    field: 'id',
  },
  {
    name: 'an id of 256 characters',
    send: { body: { ...GOOD, id: 'x'.repeat(256) } },
    field: 'id',
  },
  {
    name: 'an organization of null',
    send: { body: { ...GOOD, organizationId: null } },
    field: 'organizationId',
  },
  {
    name: 'an organization that is a list',
    send: { body: { ...GOOD, organizationId: [] } },
    field: 'organizationId',
  },
  {
    name: 'quantities that are a list',
    send: { body: { ...GOOD, quantities: [1] } },
    field: 'quantities',
  },
  {
    name: 'a quantity of true',
    send: { body: withField('"quantities":{"ai_calls":true}') },
    field: 'quantities.ai_calls',
  },
  {
    name: 'a negative quantity',
    send: { body: withField('"quantities":{"ai_calls":-1}') },
    field: 'quantities.ai_calls',
  },
  {
    name: 'a huge quantity',
    send: { body: withField('"quantities":{"ai_calls":9007199254740993}') },
    field: 'quantities.ai_calls',
  },
  {
    name: 'a quantity of 1e308',
    send: { body: withField('"quantities":{"ai_calls":1e308}') },
    field: 'quantities.ai_calls',
  },
  {
    name: 'a quantity past every number',
    send: { body: withField('"quantities":{"ai_calls":1e999}') },
    field: 'quantities.ai_calls',
  },
  { name: 'negative tokens', send: { body: withField('"inputTokens":-1') }, field: 'inputTokens' },
  { name: 'half a token', send: { body: withField('"outputTokens":0.5') }, field: 'outputTokens' },
  {
    name: 'a multiplier of 1e308',
    send: { body: withField('"properties":{"complexity":1e308}') },
    field: 'properties.complexity',
  },
  {
    name: 'a negative multiplier',
    send: { body: withField('"properties":{"complexity":-2}') },
    field: 'properties.complexity',
  },
  {
    name: 'a date in the year 99999',
    send: { body: withField('"timestamp":"99999-01-01T00:00:00Z"') },
    field: 'timestamp',
  },
  {
    name: 'a date in the year +099999',
    send: { body: withField('"timestamp":"+099999-01-01T00:00:00Z"') },
    field: 'timestamp',
  },
  {
    name: 'a date in the year 9999',
    send: { body: withField('"timestamp":"9999-12-31T23:59:59Z"') },
    field: 'timestamp',
  },
  {
    name: 'a date that does not exist',
    send: { body: withField('"timestamp":"2026-02-30T00:00:00Z"') },
    field: 'timestamp',
  },
  {
    name: 'a date without an offset',
    send: { body: withField('"timestamp":"2026-03-10T11:00:00"') },
    field: 'timestamp',
  },
  {
    name: 'a date that is a number',
    send: { body: withField('"timestamp":1773144000') },
    field: 'timestamp',
  },
  { name: 'a NUL character', send: { body: withField('"userId":"a\\u0000b"') }, field: 'userId' },
  {
    name: 'half a surrogate pair',
    send: { body: withField('"userId":"\\ud800"') },
    field: 'userId',
  },
  {
    name: 'a field that there is not',
    send: { body: withField('"eventtype":"x"') },
    field: 'eventtype',
  },
  {
    name: 'a `__proto__` key',
    send: { body: withField('"__proto__":{"backfill":true}') },
    field: '__proto__',
  },
  {
    name: 'a `__proto__` key that is escaped',
    send: { body: withField('"\\u005f_proto__":{}') },
    field: '__proto__',
  },
  {
    name: 'a `__proto__` key in properties',
    send: { body: withField('"properties":{"__proto__":{"complexity":0}}') },
    field: 'properties.__proto__',
  },
  {
    name: 'a `__proto__` key deep in properties',
    send: { body: withField('"properties":{"a":{"__proto__":1}}') },
    field: 'properties.a.__proto__',
  },
  {
    name: 'a `constructor` key in properties',
    send: { body: withField('"properties":{"constructor":{}}') },
    field: 'properties.constructor',
  },
  {
    name: 'a `__proto__` key in quantities',
    send: { body: withField('"quantities":{"__proto__":1}') },
    field: 'quantities.__proto__',
  },
]
