import type { DemoProduct } from './demo-products.ts'

/** How one organization of the demo behaves. */
export interface DemoProfile {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly product: DemoProduct
  /** Calls on a working day at the end. Earlier days have fewer, by the growth. */
  readonly callsPerDay: number
  readonly growthPerMonth: number
  /** The traffic of a Saturday or Sunday relative to a working day. */
  readonly weekendShare: number
  /** The offset from UTC of the place where its people work. */
  readonly utcOffsetHours: number
  readonly users: number
  /** The age of its billing period at the end. */
  readonly periodAgeDays: number
  /** One day with unusual traffic. */
  readonly spike?: { readonly daysBeforeEnd: number; readonly factor: number }
  /** It stops for the day before it would exceed this, as the gate would make it. */
  readonly tokensPerDay?: number
  /** Its storage and team size, reported each night. */
  readonly state?: { readonly storedBytes: number; readonly members: number }
}

/**
 * Three products, five plans. The first is beyond what its plan includes, and the fourth is close
 * to it.
 */
const PROFILES: readonly DemoProfile[] = [
  {
    id: 'northlight',
    name: 'Northlight Studio',
    plan: 'ai-workspace/professional',
    product: 'workspace',
    callsPerDay: 80,
    growthPerMonth: 0.22,
    weekendShare: 0.12,
    utcOffsetHours: 1,
    users: 14,
    periodAgeDays: 24,
    state: { storedBytes: 61_000_000_000, members: 16 },
  },
  {
    id: 'harborline',
    name: 'Harborline Support',
    plan: 'rag-chatbot/pro',
    product: 'chatbot',
    callsPerDay: 38,
    growthPerMonth: 0.14,
    weekendShare: 0.55,
    utcOffsetHours: 0,
    users: 40,
    periodAgeDays: 11,
  },
  {
    id: 'openfreight',
    name: 'Openfreight',
    plan: 'api-platform/pro',
    product: 'api',
    callsPerDay: 32,
    growthPerMonth: 0.1,
    weekendShare: 0.3,
    utcOffsetHours: -5,
    users: 6,
    periodAgeDays: 17,
    spike: { daysBeforeEnd: 16, factor: 5 },
  },
  {
    id: 'quillmark',
    name: 'Quillmark',
    plan: 'rag-chatbot/trial',
    product: 'chatbot',
    callsPerDay: 11,
    growthPerMonth: 0.6,
    weekendShare: 0.5,
    utcOffsetHours: 2,
    users: 9,
    periodAgeDays: 6,
    tokensPerDay: 10_000,
  },
  {
    id: 'fernway',
    name: 'Fernway Consulting',
    plan: 'ai-workspace/starter',
    product: 'smallWorkspace',
    callsPerDay: 18,
    growthPerMonth: 0.05,
    weekendShare: 0.08,
    utcOffsetHours: -8,
    users: 5,
    periodAgeDays: 20,
    state: { storedBytes: 18_500_000_000, members: 11 },
  },
  {
    id: 'datumworks',
    name: 'Datumworks',
    plan: 'api-platform/free',
    product: 'api',
    callsPerDay: 24,
    growthPerMonth: 0.08,
    weekendShare: 0.25,
    utcOffsetHours: 9,
    users: 3,
    periodAgeDays: 9,
  },
  {
    id: 'bluecrane',
    name: 'Bluecrane Travel',
    plan: 'rag-chatbot/starter',
    product: 'chatbot',
    callsPerDay: 38,
    growthPerMonth: 0.18,
    weekendShare: 0.8,
    utcOffsetHours: 3,
    users: 22,
    periodAgeDays: 14,
    tokensPerDay: 100_000,
  },
]

/**
 * The first `count` organizations on plans of these catalogs. Beyond the list they are branches of
 * the first ones.
 */
export const demoProfiles = (
  count: number,
  catalogs: readonly string[],
): readonly DemoProfile[] => {
  const profiles = PROFILES.filter(({ plan }) => catalogs.includes(plan.split('/')[0] ?? ''))
  return Array.from({ length: profiles.length === 0 ? 0 : count }, (_, index) => {
    const profile = profiles[index % profiles.length] as DemoProfile
    const round = Math.floor(index / profiles.length) + 1
    if (round === 1) return profile
    return { ...profile, id: `${profile.id}-${round}`, name: `${profile.name} ${round}` }
  })
}
