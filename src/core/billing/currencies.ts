/**
 * The currencies of ISO 4217 and the number of decimals of their minor units. Funds, metals and
 * test codes are left out, because nobody is invoiced in them.
 */

/** A currency in which invoices are made. */
export interface Currency {
  /** Three capital letters, as in ISO 4217. */
  readonly code: string
  /** The decimals of the minor unit: 2 for cents, 0 when there is none in use. */
  readonly exponent: number
}

const CODES_BY_EXPONENT: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [
    2,
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD ' +
      'CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP ' +
      'GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD ' +
      'LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB ' +
      'PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC ' +
      'SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ' +
      'ZWG',
  ],
]

const CURRENCIES: ReadonlyMap<string, Currency> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => [code, { code, exponent }] as const),
  ),
)

/** The decimals of a currency. Undefined: the code is no currency. */
export const decimalsOfMoney = (code: string): number | undefined => CURRENCIES.get(code)?.exponent

/**
 * Looks up a currency by code. Throws a `RangeError` for an unknown code, because its decimals
 * would be a guess.
 */
export const currencyOf = (code: string): Currency => {
  const currency = CURRENCIES.get(code)
  if (!currency) throw new RangeError(`not a currency of ISO 4217: ${code.slice(0, 20)}`)
  return currency
}
