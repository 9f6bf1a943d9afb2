import type { Tollgate } from '../contract/tollgate.ts'

/** The same interface with every answer a promise, as it comes over the network. */
type Remote<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : Remote<Part[Name]>
}

/**
 * `Tollgate` over HTTP. Who acts is told by the key, so `actor` and `apiKeyId` of the options are
 * not sent.
 */
export type TollgateClient = Remote<Tollgate>
