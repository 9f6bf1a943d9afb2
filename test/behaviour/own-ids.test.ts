import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('reserved ids', (subject) => {
  const call = (organizationId: string, id?: string) => ({
    organizationId,
    eventType: 'api_call',
    ...(id !== undefined && { id }),
  })
  const refused = { code: 'invalid_request', faults: [{ field: 'id' }] }

  it.each(['reversal:mine', 'rerated:1:mine', 'replay:0'])(
    'like %s are refused from callers',
    async (id) => {
      const { tollgate } = subject()
      const organizationId = await subject().organization('api-platform/free')
      const { track, reserve } = await subject().withKey(organizationId)
      await expect(track(call(organizationId, id))).rejects.toMatchObject(refused)
      await expect(reserve(call(organizationId, id))).rejects.toMatchObject(refused)
      await expect(tollgate.check(call(organizationId, id))).rejects.toMatchObject(refused)
      const { rejected, accepted } = await tollgate.record([call(organizationId, id)])
      expect({ accepted, field: rejected[0]?.field }).toEqual({ accepted: 0, field: 'id' })
      const keyed = subject().engine.track(call(organizationId), { idempotencyKey: id })
      await expect(keyed).rejects.toMatchObject({ faults: [{ field: 'idempotencyKey' }] })
    },
  )

  it('leave the reversal of an event always possible', async () => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('api-platform/free')
    await tollgate.track(call(organizationId, 'mine'))
    await expect(tollgate.track(call(organizationId, 'reversal:mine'))).rejects.toThrow('reversal:')
    const reverse = () =>
      tollgate.reverse({ organizationId, eventId: 'mine', reason: 'charged twice' })
    expect(await reverse()).toMatchObject({ reverses: 'mine', replayed: false })
    expect(await reverse()).toMatchObject({ reverses: 'mine', replayed: true })
  })

  it('leave callers all other ids with a colon', async () => {
    const organizationId = await subject().organization('api-platform/free')
    const { track } = await subject().withKey(organizationId)
    expect((await track(call(organizationId, 'order:reversal:7'))).allowed).toBe(true)
  })
})
