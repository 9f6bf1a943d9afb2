import {
  ApiError,
  ApiKeysService,
  BillingService,
  CreditsService,
  GateService,
  LedgerService,
  MembersService,
  OpenAPI,
  OrganizationsService,
  ReservationsService,
  UsageService,
} from './client'

/** A user's calls. The test generates `./client`, compiles both and runs this on a server. */
export const twelveCalls = async (url: string, key: string) => {
  OpenAPI.BASE = url
  OpenAPI.TOKEN = key
  const organizationId = 'generated'
  const made = await OrganizationsService.organizationsCreate({
    requestBody: { id: organizationId, name: 'Generated', plan: 'rag-chatbot/pro' },
  })
  const member = await MembersService.membersAdd({
    organizationId,
    requestBody: { userId: 'ada', role: 'member' },
  })
  const { items: members } = await MembersService.membersList({ organizationId, limit: 10 })
  const { key: secret } = await ApiKeysService.apiKeysCreate({
    organizationId,
    requestBody: { name: 'chat' },
  })
  const call = { organizationId, eventType: 'chat_message' }
  const checked = await GateService.check({
    requestBody: { ...call, quantities: { tokens: 5 } },
  })
  const tracked = await GateService.track({
    requestBody: { ...call, inputTokens: 30, outputTokens: 12 },
  })
  const held = await ReservationsService.reserve({
    requestBody: { ...call, quantities: { tokens: 100 } },
  })
  const settled = await ReservationsService.settle({
    reservationId: held.reservationId ?? '',
    organizationId,
    requestBody: { quantities: { tokens: 58 } },
  })
  const recorded = await LedgerService.record({
    requestBody: { events: [{ ...call, id: 'earlier', quantities: { tokens: 900 } }] },
  })
  const balance = await CreditsService.grantsBalance({ organizationId })
  const { limits } = await UsageService.usageCurrent({ organizationId })
  const refusal: unknown = await BillingService.invoicesGet({
    organizationId,
    invoiceId: '00000000-0000-7000-8000-000000000000',
  }).catch((error: unknown) => error)
  return {
    plan: made.plan,
    role: member.role,
    members: members.map(({ userId }) => userId),
    hasSecret: secret.startsWith('tg_'),
    checked: checked.allowed,
    tracked: tracked.allowed,
    settled: [settled.held?.tokens, settled.settled?.tokens],
    recorded,
    credits: typeof balance.available,
    used: limits.find(({ limit }) => limit === 'tokens/day')?.used,
    refusal: refusal instanceof ApiError ? refusal.status : refusal,
  }
}

/** The generated types refuse unknown words and fields. */
export const wrongCalls = (organizationId: string) => [
  // @ts-expect-error there is no such role
  MembersService.membersAdd({ organizationId, requestBody: { userId: 'ada', role: 'king' } }),
  // @ts-expect-error a call names its event type
  GateService.track({ requestBody: { organizationId } }),
]
