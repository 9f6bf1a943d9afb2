import { describe, expect, it } from 'vitest'
import { CliFailure } from '../../src/cli/failure.ts'
import { webhookOptions } from '../../src/cli/webhook-options.ts'

describe('the webhook environment', () => {
  it('has the strictest rules by default', () => {
    for (const env of [{}, { TOLLGATE_WEBHOOK_ALLOW: '', TOLLGATE_WEBHOOK_HTTP: 'false' }]) {
      expect(webhookOptions(env)).toEqual({ webhooks: {} })
    }
  })

  it('sets allowed ranges and ports, and allows http', () => {
    const env = {
      TOLLGATE_WEBHOOK_ALLOW: '10.0.0.0/8, 192.168.1.7',
      TOLLGATE_WEBHOOK_PORTS: '443,9443',
      TOLLGATE_WEBHOOK_HTTP: 'true',
    }
    expect(webhookOptions(env)).toEqual({
      webhooks: { allow: ['10.0.0.0/8', '192.168.1.7'], ports: [443, 9_443], allowHttp: true },
    })
  })

  it.each([
    { TOLLGATE_WEBHOOK_ALLOW: 'everything' },
    { TOLLGATE_WEBHOOK_ALLOW: '10.0.0.0/99' },
    { TOLLGATE_WEBHOOK_PORTS: '0' },
    { TOLLGATE_WEBHOOK_PORTS: '443;8443' },
    { TOLLGATE_WEBHOOK_HTTP: 'yes' },
  ])('is refused: %o', (env) => {
    expect(() => webhookOptions(env)).toThrow(CliFailure)
  })
})
