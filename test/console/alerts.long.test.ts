import { describe, expect, it } from 'vitest'
import { defineWorkflow } from '../../src/index.ts'
import { toThisMachine } from '../behaviour/webhook-steps.ts'
import { SLOW } from '../cli/run-command.ts'
import { answers, openReceiver } from '../connectors/outbound/receiver.ts'
import { browserPath } from './browser.ts'
import { openConsole } from './open-console.ts'

const receiver = await openReceiver()
const of = { organizationId: 'acme' }

/** A workflow of two steps; the first waits for a member. */
const waitsForMember = defineWorkflow({
  name: 'wait_for_member',
  version: '1',
  description: 'Waits until somebody joins.',
  steps: [
    { name: 'look_around', do: async () => ({ looked: true }) },
    {
      name: 'wait_for_somebody',
      do: async ({ tollgate, wait }) => {
        const { items } = await tollgate.members.list(of)
        return items.length > 0 ? { members: items.length } : wait({ on: ['member.added'] })
      },
    },
  ],
})

describe.skipIf(browserPath === undefined)('alerts, channels and workflows', SLOW, () => {
  const opened = openConsole({
    at: '2026-03-10T12:00:00Z',
    webhooks: toThisMachine(receiver.port),
    workflows: [waitsForMember],
    prepare: async ({ tollgate }) => {
      await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'api-platform/pro' })
      const limit = { meter: 'api_calls', window: 'day', max: 10, reason: 'to be seen' } as const
      await tollgate.limits.override({ ...of, ...limit, behavior: 'soft' })
      await tollgate.record({
        ...of,
        eventType: 'api-platform/api_call',
        quantities: { api_calls: 9 },
      })
    },
  })

  it('show each open alert with its customer and threshold', async () => {
    const { page, go } = opened()
    await go('/alerts')
    const row = page.getByRole('region', { name: 'Open now' }).getByRole('row')
    const firing = row.filter({ hasText: 'API calls a day' }).filter({ hasText: '9 of 10' })
    await firing.getByText('warning').waitFor()
    await firing.getByRole('link', { name: 'Acme' }).waitFor()
    await firing.getByText('acme', { exact: true }).waitFor()
    // Earlier levels are in the same row, not in rows of their own.
    expect(await row.filter({ hasText: 'API calls a day' }).count()).toBe(1)
    expect(await firing.getByRole('button').allTextContents()).toEqual([
      ...['API calls a day', '8 of 10', '5 of 10'],
    ])
    await firing.getByRole('button').first().click()
    const sheet = page.getByRole('dialog')
    await sheet.getByText('90 % of API calls a day is used').waitFor()
    await sheet.getByText('Window from').waitFor()
    expect(page.url()).toContain('open=')
    await page.keyboard.press('Escape')
    await page.getByLabel('Severity').first().selectOption('critical')
    await page.getByText('No critical alerts are open').waitFor()
  })

  it('let a customer create a rule, turn it off and remove it', async () => {
    const { page, go, tollgate } = opened()
    await go('/customers/acme/alerts')
    await page.getByRole('button', { name: 'Add rule' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Kind').selectOption('Credits left')
    await dialog.getByLabel('Name').fill('Little is left')
    await dialog.getByLabel('Threshold 1', { exact: true }).fill('few')
    expect(await dialog.getByRole('button', { name: 'Add rule' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Threshold 1', { exact: true }).fill('100')
    await dialog.getByLabel('Severity of threshold 1').selectOption('critical')
    await dialog.getByRole('button', { name: 'Add rule' }).click()
    await page.getByText('“Little is left” is active.').waitFor()
    const rule = page.getByRole('row').filter({ hasText: 'Little is left' })
    await rule.getByRole('button', { name: 'Turn off' }).click()
    await rule.getByText('off', { exact: true }).waitFor()
    const own = (await tollgate.alerts.list(of)).items.find(
      ({ organizationId }) => organizationId !== null,
    )
    expect(own).toMatchObject({
      kind: 'credits_below',
      enabled: false,
      organizationId: 'acme',
      thresholds: [{ at: 100, severity: 'critical' }],
    })
    // A customer may only turn a platform rule off and on.
    const builtIn = page.getByRole('row').filter({ hasText: 'Share of a limit' }).last()
    expect(await builtIn.getByRole('button').allTextContents()).toEqual(['Turn off'])
    await rule.getByRole('button', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: 'Remove the rule' }).click()
    await rule.waitFor({ state: 'detached' })
  })

  it('let a customer add a channel with quiet hours, test it and preview it as text', async () => {
    const { page, tollgate, clock } = opened()
    receiver.answer = answers(200, {}, 'ok')
    await page.getByRole('button', { name: 'Add channel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Slack incoming webhook').fill('http://10.0.0.1/hook')
    await dialog.getByRole('button', { name: 'Add channel' }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByLabel('Slack incoming webhook').fill(receiver.url)
    await dialog.getByLabel('Name', { exact: true }).fill('On call')
    await dialog.getByLabel('Time zone').selectOption('Europe/Berlin')
    await dialog.getByLabel('Quiet from').fill('22:00')
    await dialog.getByLabel('Quiet until').fill('07:00')
    await dialog.getByRole('button', { name: 'Add channel' }).click()
    const row = page.getByRole('row').filter({ hasText: 'On call' })
    await row.getByText('at once, quiet 22:00–07:00 (Europe/Berlin)').waitFor()
    await row.getByRole('button', { name: 'Test' }).click()
    await page.getByText('A test is on its way to On call.').waitFor()
    await tollgate.admin.sendDeliveries()
    expect(receiver.received).toHaveLength(1)
    await row.getByRole('button', { name: 'Preview' }).click()
    await dialog.getByLabel('Sample of').selectOption('recovered')
    await dialog.getByText('Notification').waitFor()
    expect(await dialog.locator('iframe').count()).toBe(0)
    await page.keyboard.press('Escape')
    // The channel's page lists its deliveries and can resend them.
    await row.getByRole('link', { name: 'On call' }).click()
    await page.getByRole('button', { name: 'channel.test' }).click()
    await dialog.getByText('answered 200').waitFor()
    await dialog.getByRole('button', { name: 'Send it again' }).click()
    await page.getByText('Queued to be sent again in a new message.').waitFor()
    // A Slack hook accepts one message a second.
    await clock.advance(1_000)
    await tollgate.admin.sendDeliveries()
    expect(receiver.received).toHaveLength(2)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'All channels' }).click()
    await row.getByRole('button', { name: 'Pause' }).click()
    await row.getByText('paused', { exact: true }).waitFor()
  })

  it('refuse an invalid e-mail address, and preview an e-mail as text', async () => {
    const { page } = opened()
    await page.getByRole('button', { name: 'Add channel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Type', { exact: true }).selectOption('E-mail')
    await dialog.getByLabel('E-mail address').fill('ada@example.com, bob@example.com')
    await dialog.getByRole('button', { name: 'Add channel' }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByLabel('E-mail address').fill('ada@example.com')
    await dialog.getByRole('button', { name: 'Add channel' }).click()
    const row = page.getByRole('row').filter({ hasText: 'ada@example.com' })
    await row.getByRole('button', { name: 'Preview' }).click()
    await dialog
      .getByText('80 % of credits/month is used: 80,412.5 of 100,000 credits')
      .first()
      .waitFor()
    await dialog.getByText('The e-mail as plain text').waitFor()
    await page.keyboard.press('Escape')
  })

  it('let an operator start a run, pause it with a reason and resume it', async () => {
    const { page, go, tollgate } = opened()
    await go('/workflows')
    await page.getByRole('button', { name: 'Start a run' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Organization').fill('acme')
    await dialog.getByLabel('Input').fill('[1]')
    await dialog.getByText('must be an object').waitFor()
    await dialog.getByLabel('Input').fill('{"why": "a test"}')
    await dialog.getByRole('button', { name: 'Start the run' }).click()
    await page.getByRole('heading', { name: 'Wait for member' }).waitFor()
    await tollgate.admin.runWorkflows()
    await page.getByText('wakes on member.added').waitFor()
    const steer = async (act: string) => {
      await page.getByRole('button', { name: act, exact: true }).click()
      await dialog.getByLabel('Reason').fill('to be seen')
      await dialog.getByRole('button', { name: `${act} the run` }).click()
    }
    const [run] = (await tollgate.workflows.list(of)).items
    const state = async () => (await tollgate.workflows.get({ runId: run?.id ?? '' })).state
    await steer('Pause')
    await page.getByText('It is paused.').waitFor()
    expect(await state()).toBe('paused')
    await steer('Resume')
    await page.getByText('It was resumed.').waitFor()
    await tollgate.members.add({ ...of, userId: 'ada', role: 'owner' })
    await tollgate.admin.runWorkflows()
    expect(await state()).toBe('done')
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ state: 'detached' })
    const { items } = await tollgate.audit.listPlatform({ category: 'workflows' })
    expect(JSON.stringify(items)).toContain('to be seen')
  })

  it('list critical alerts and stuck runs on the overview, each with its link', async () => {
    const { page, go, tollgate, db } = opened()
    await tollgate.record({
      ...of,
      eventType: 'api-platform/api_call',
      quantities: { api_calls: 1 },
    })
    await db.query(
      "update tollgate.workflow_runs set state = 'stuck', error = 'no way', ended_at = null",
    )
    await go('/')
    const attention = page.getByRole('region', { name: 'Needs attention' })
    const firing = attention.getByRole('link', { name: /^Acme: a critical alert/ })
    await firing.getByText('100 % of API calls a day is used: 10 of 10 API calls').waitFor()
    const run = attention.getByRole('link', { name: /^Wait for member of acme is stuck/ })
    await run.getByText('no way').waitFor()
    await firing.click()
    await page.getByRole('dialog').getByText('100 % of API calls a day is used').waitFor()
    await page.goBack()
    await run.click()
    await page.getByRole('heading', { name: 'Wait for member' }).waitFor()
  })

  it('cause no policy violation and no logged error', () => {
    const { faults } = opened()
    expect(faults.filter((fault) => !/status of (400|422)/.test(fault))).toEqual([])
  })
})
