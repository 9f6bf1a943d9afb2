import { groupsOf } from '../../core/channel-groups.ts'
import { heldUntil } from '../../core/channel-times.ts'
import { rankOf, severityOf, URGENT } from '../../core/severity.ts'
import {
  deliveriesWithoutMessage,
  formMessages,
  holdDeliveries,
  skipDeliveries,
  type WaitingDelivery,
} from '../../storage/tables/channel-messages.ts'
import { isStillLeased, leasedEndpoint } from '../../storage/tables/dispatch.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import type { Context } from '../context.ts'
import { timesOf } from './channel-value.ts'
import { TEST_KIND } from './item-of.ts'

/** The most deliveries in one turn. The next turn takes the rest. */
const MOST_AT_ONCE = 500
/** More messages at once would be a storm: a channel of the platform gets one of them all. */
const MOST_MESSAGES = 10

/**
 * Sorts the waiting deliveries of a channel. Those below the minimum severity are skipped. Those
 * that may wait are held until the quiet hours end. Due ones become messages, together with related
 * ones that are not due yet.
 *
 * A message is stored before it is sent. So every try has the same id and content, in any process.
 */
export const compose = async (
  { db, ids, clock }: Pick<Context, 'db' | 'ids' | 'clock'>,
  { id }: Pick<EndpointRow, 'id'>,
  lease: string,
): Promise<void> => {
  await db.transaction(async (tx) => {
    if (!(await isStillLeased(tx, id, lease))) return
    // Its times may have changed since it was leased.
    const channel = await leasedEndpoint(tx, id, lease)
    if (!channel) return
    const at = clock.now()
    const waiting = await deliveriesWithoutMessage(tx, channel.id, MOST_AT_ONCE)
    const [wanted, small] = parted(waiting, (one) => isWanted(one, channel))
    if (small.length > 0) {
      await skipDeliveries(tx, idsOf(small), 'it is less severe than the channel asks for')
    }
    const free = new Set(wanted)
    // Deliveries that already waited for a digest do not wait for the next one, only for quiet
    // hours.
    for (const hasWaited of [false, true]) {
      const until = heldUntil(timesOf(channel), at, { hasWaited })
      const held = until
        ? wanted.filter((one) => isDue(one, at) && one.held === hasWaited && !isUrgent(one))
        : []
      for (const one of held) free.delete(one)
      if (until && held.length > 0) await holdDeliveries(tx, idsOf(held), until)
    }
    const placed = messagesOf([...free], at).flatMap((message) => {
      const messageId = ids()
      return message.map(({ delivery_id }) => ({ deliveryId: delivery_id, messageId }))
    })
    if (placed.length > 0) await formMessages(tx, placed, at)
  })
}

const isWanted = ({ kind, data }: WaitingDelivery, { minimum_severity }: EndpointRow): boolean =>
  kind === TEST_KIND || rankOf(severityOf(kind, data)) >= rankOf(minimum_severity ?? 'info')

/** Tests and critical events are never held. */
export const isUrgent = ({ kind, data }: Pick<WaitingDelivery, 'kind' | 'data'>): boolean =>
  kind === TEST_KIND || severityOf(kind, data) === URGENT

const isDue = ({ next_attempt_at }: Pick<WaitingDelivery, 'next_attempt_at'>, at: Date): boolean =>
  next_attempt_at <= at

/** Held deliveries become one digest. A due delivery takes newer related ones along. */
const messagesOf = (free: readonly WaitingDelivery[], at: Date): WaitingDelivery[][] => {
  const [tests, told] = parted(free, ({ kind }) => kind === TEST_KIND)
  const [waited, others] = parted(told, ({ held }) => held)
  const digest = waited.filter((one) => isDue(one, at))
  const groups = groupsOf(others.map((one) => ({ ...one, ...placeOf(one) }))).filter((group) =>
    group.some((one) => isDue(one, at)),
  )
  return [
    ...tests.map((one) => [one]),
    ...(groups.length > MOST_MESSAGES ? [groups.flat()] : groups),
    ...(digest.length > 0 ? [digest] : []),
  ]
}

const placeOf = ({ organization_id, data }: WaitingDelivery) => ({
  organizationId: organization_id,
  cause: typeof data.cause === 'string' && data.cause !== '' ? data.cause : null,
})

const parted = <Item>(items: readonly Item[], isOne: (item: Item) => boolean): [Item[], Item[]] => [
  items.filter(isOne),
  items.filter((item) => !isOne(item)),
]

const idsOf = (deliveries: readonly WaitingDelivery[]) =>
  deliveries.map(({ delivery_id }) => delivery_id)
