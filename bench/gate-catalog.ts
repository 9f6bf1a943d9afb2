/** A rate, a daily token limit and monthly credits. No benchmark uses them up. */
export const gateCatalog = {
  key: 'bench',
  name: 'Benchmark',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'api_calls', unit: 'call', aggregation: 'count' },
  ],
  eventTypes: [
    {
      key: 'call',
      name: 'Call',
      category: 'api',
      baseCredits: 2,
      meters: { api_calls: 1, tokens: 'quantity' },
    },
  ],
  plans: [
    {
      key: 'large',
      name: 'Large',
      monthlyPriceUsd: null,
      limits: [
        { meter: 'api_calls', window: 'minute', max: 1_000_000_000, behavior: 'hard' },
        { meter: 'tokens', window: 'day', max: 1_000_000_000_000, behavior: 'hard' },
        { meter: 'credits', window: 'month', max: 1_000_000_000, behavior: 'hard' },
      ],
    },
  ],
}

export const callOf = (organizationId: string) => ({
  organizationId,
  eventType: 'call',
  quantities: { tokens: 120 },
  userId: 'user-1',
  endpoint: '/api/chat',
})
