import { describe, expect, it } from 'vitest'
import { openDoor } from '../door.ts'
import { JWT_OF_TESTS, userToken } from '../user-token.ts'

describe("a read token's rights and origins", () => {
  const door = openDoor({ jwt: JWT_OF_TESTS })
  const made = async (id: string, body: object, key?: string | undefined) =>
    door().send('POST', `/api/organizations/${id}/read-tokens`, { body, ...(key && { key }) })
  const invoices = async (id: string, key: string) =>
    (await door().send('GET', `/api/organizations/${id}/invoices`, { key })).status
  const current = async (key: string, headers = {}) =>
    (await door().send('GET', '/api/usage/current', { key, headers })).status

  it('are the ones it was created with, and exclude money by default', async () => {
    const { id } = await door().organization()
    const plain = await made(id, {})
    expect(plain.body).toMatchObject({
      rights: ['usage.read', 'organization.read', 'limits.read'],
      origins: null,
    })
    expect(await invoices(id, plain.body.token)).toBe(403)
    const billing = await made(id, { rights: ['invoices.read'] })
    expect([billing.status, billing.body.rights]).toEqual([201, ['invoices.read']])
    expect(await invoices(id, billing.body.token)).toBe(200)
    expect(await current(billing.body.token)).toBe(403)
    const other = await door().organization()
    expect(await invoices(other.id, billing.body.token)).toBe(404)
    const told = await door().send('GET', '/api/session', { key: billing.body.token })
    expect(told.body.organizations).toMatchObject([{ rights: ['invoices.read'] }])
  })

  it('are named where one is missing, and so is a right that a role lacks', async () => {
    const { id } = await door().organization()
    await door().tollgate.members.add({ organizationId: id, userId: 'vic', role: 'viewer' })
    const { token } = (await made(id, {})).body
    const path = `/api/organizations/${id}/invoices`
    expect((await door().send('GET', path, { key: token })).body).toMatchObject({
      code: 'forbidden',
      detail:
        'This read token does not have the right invoices.read: make one that has it in its `rights`.',
    })
    expect((await door().send('GET', path, { key: userToken('vic') })).body).toMatchObject({
      code: 'forbidden',
      detail: 'The role viewer does not have the right invoices.read.',
    })
  })

  it("never exceed its creator's rights", async () => {
    const { id, key } = await door().organization()
    await door().tollgate.members.add({ organizationId: id, userId: 'vera', role: 'viewer' })
    await door().tollgate.members.add({ organizationId: id, userId: 'bill', role: 'billing' })
    const body = { rights: ['usage.read', 'invoices.read'] }
    expect((await made(id, body, userToken('vera'))).status).toBe(403)
    expect((await made(id, {}, userToken('vera'))).status).toBe(201)
    expect((await made(id, body, userToken('bill'))).status).toBe(201)
    expect((await made(id, body, key)).status).toBe(403)
    const { token } = (await made(id, body)).body
    expect((await made(id, {}, token)).status).toBe(403)
  })

  it('name the pages that may use it, and no others can', async () => {
    const { id } = await door().organization()
    const origins = ['https://app.example.com', 'http://localhost:3000']
    const { body } = await made(id, { origins })
    expect(body.origins).toEqual(origins)
    for (const origin of origins) expect(await current(body.token, { origin })).toBe(200)
    // A client that is no browser sends no origin, and only needs the token.
    expect(await current(body.token)).toBe(200)
    for (const origin of ['https://evil.example', 'https://app.example.com:444', 'null']) {
      expect(await current(body.token, { origin })).toBe(403)
    }
    const anywhere = await made(id, {})
    expect(await current(anywhere.body.token, { origin: 'https://evil.example' })).toBe(200)
  })

  it.each([
    ['rights[0]', { rights: ['keys.manage'] }],
    ['rights', { rights: [] }],
    ['origins[0]', { origins: ['https://app.example.com/path'] }],
    ['origins[0]', { origins: ['*'] }],
    ['origins', { origins: [] }],
  ])('are refused by the field %s if unknown', async (field, body) => {
    const { id } = await door().organization()
    const { status, body: problem } = await made(id, body)
    expect([status, problem.errors[0].field]).toEqual([400, field])
  })
})
