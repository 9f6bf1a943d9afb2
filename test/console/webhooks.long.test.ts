import { afterAll, describe, expect, it } from 'vitest'
import { toThisMachine } from '../behaviour/webhook-steps.ts'
import { SLOW } from '../cli/run-command.ts'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

const receiver = await openReceiver()
const ANSWER = '<script>window.hurt=1</script> is being deployed'

describe.skipIf(browserPath === undefined)('webhooks at the console', SLOW, () => {
  const opened = openConsole({
    at: '2026-03-10T12:00:00Z',
    webhooks: toThisMachine(receiver.port),
    prepare: async ({ tollgate }) => {
      await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'ai-workspace/free' })
    },
  })
  afterAll(() => receiver.close())
  const deliver = () => opened().tollgate.admin.sendDeliveries()
  const copied = async () => {
    const { page } = opened()
    const dialog = page.getByRole('dialog', { name: 'Save this secret now' })
    const secret = (await dialog.locator('code').textContent()) ?? ''
    await dialog.getByRole('button', { name: 'Copy the secret' }).click()
    await dialog.getByRole('button', { name: 'Done' }).click()
    return secret
  }

  it('are created with selected events, and show their secret once', async () => {
    const { page, go, tollgate } = opened()
    await go('/customers/acme/webhooks')
    await page.getByText('No endpoints yet').waitFor()
    await page.getByRole('button', { name: 'Add endpoint' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('http://10.0.0.1/hooks')
    await dialog.getByRole('button', { name: 'Add endpoint' }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByLabel('Address').fill(receiver.url)
    await dialog.locator('summary', { hasText: 'member' }).click()
    await dialog.getByLabel('member.added').check()
    await dialog.locator('summary', { hasText: 'limit' }).click()
    await dialog.getByLabel(/^All, including.*limit/).check()
    await dialog.getByLabel('limit.overridden').uncheck()
    await dialog.getByRole('button', { name: 'Add endpoint' }).click()
    expect(await copied()).toMatch(/^whsec_/)
    await page.getByText('member.added and 2 more').waitFor()
    const [made] = (await tollgate.webhooks.list({ organizationId: 'acme' })).items
    expect([...(made?.kinds ?? [])].sort()).toEqual([
      ...['limit.override_removed', 'limit.reached', 'member.added'],
    ])
  })

  it('are sent a test, whose failed response is shown as text, and which is resent', async () => {
    const { page, go } = opened()
    receiver.answer = answers(503, { 'content-type': 'text/html' }, ANSWER)
    await go('/customers/acme/webhooks')
    await page.getByRole('link', { name: receiver.url }).click()
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('A test is on its way.').waitFor()
    await deliver()
    await page.getByRole('button', { name: 'webhook.test' }).click()
    const sheet = page.getByRole('dialog', { name: 'webhook.test' })
    await sheet.getByText('answered 503').waitFor()
    await sheet.getByText(ANSWER).waitFor()
    expect(await page.evaluate('window.hurt')).toBeUndefined()
    expect(await sheet.locator('script').count()).toBe(0)
    expect(await sheet.getByRole('button', { name: 'Send it again' }).count()).toBe(0)
    receiver.answer = answers(200, {}, 'thank you')
    await opened().clock.advance(10_000)
    await deliver()
    await sheet.getByText('answered 200').waitFor()
    await sheet.getByRole('button', { name: 'Send it again' }).click()
    await page.getByText('Queued to be sent again with the same id.').waitFor()
    await deliver()
    await sheet.getByText('Try 3').waitFor()
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect([new Set(ids).size, ids.length]).toEqual([1, 3])
    await page.keyboard.press('Escape')
  })

  it('store events while paused, and resend a range of them', async () => {
    const { page, tollgate } = opened()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('The endpoint is paused. New events are not sent.').waitFor()
    for (const userId of ['ada', 'bob']) {
      await tollgate.members.add({ organizationId: 'acme', userId, role: 'viewer' })
    }
    await deliver()
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByText('The endpoint is on.').waitFor()
    await page.getByLabel('State').selectOption('skipped')
    await page.getByRole('button', { name: 'member.added' }).nth(1).waitFor()
    expect(page.url()).toContain('state=skipped')
    await page.getByRole('button', { name: 'Send a range again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Created from').fill('2026-03-11')
    await dialog.getByText('must not be before the first').waitFor()
    await dialog.getByLabel('Created from').fill('2026-03-10')
    await dialog.getByRole('button', { name: 'Send them again' }).click()
    await page.getByText('2 deliveries sent again.').waitFor()
    const before = receiver.received.length
    await deliver()
    expect(receiver.received.length - before).toBe(2)
  })

  it('get a new secret, and sign with both for a day', async () => {
    const { page } = opened()
    await page.getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate the secret' }).click()
    expect(await copied()).toMatch(/^whsec_/)
    await page.getByText('Signed by two secrets until').waitFor()
  })

  it('show why they are disabled, and can be turned on again', async () => {
    const { page, go, tollgate } = opened()
    const { id } = await tollgate.platformWebhooks.create({ url: receiver.url })
    receiver.answer = answers(410)
    await tollgate.platformWebhooks.test({ endpointId: id })
    await deliver()
    await go('/webhooks')
    await page.getByText('it answered 410 Gone').waitFor()
    await page.getByRole('link', { name: receiver.url }).click()
    await page.getByText('Deliveries stopped: it answered 410 Gone.').waitFor()
    await page.getByRole('button', { name: 'Turn it on' }).click()
    await page.getByText('The endpoint is on.').waitFor()
    expect((await tollgate.platformWebhooks.get({ endpointId: id })).state).toBe('on')
  })

  it('are removed after their host is typed', async () => {
    const { page } = opened()
    const { host } = new URL(receiver.url)
    await page.getByRole('button', { name: 'Remove' }).click()
    const dialog = page.getByRole('dialog')
    const act = dialog.getByRole('button', { name: 'Remove the endpoint' })
    expect(await act.isDisabled()).toBe(true)
    await dialog.getByLabel(`Type ${host} to remove it`).fill(host)
    await act.click()
    await page.getByText('No endpoints yet').waitFor()
    const { faults } = opened()
    expect(faults.filter((fault) => !/status of (400|422)/.test(fault))).toEqual([])
  })
})
