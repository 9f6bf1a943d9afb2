import { DEFAULT_SCOPES, SCOPES } from '../../../src/core/rights.ts'
import { Empty } from '../../ui/block.tsx'
import { KeysPanel } from '../keys/keys-panel.tsx'

/** The API keys of a customer. A key acts for this customer only. */
export const Keys = ({ organizationId }: { readonly organizationId: string }) => (
  <KeysPanel
    title="API keys"
    note="stored only as SHA-256 hashes"
    newTitle="Create API key"
    cacheKey={['customer', organizationId, 'keys']}
    scopes={SCOPES}
    chosen={DEFAULT_SCOPES}
    verbs={{
      list: ({ apiKeys }, page, options) => apiKeys.list({ organizationId, ...page }, options),
      create: ({ apiKeys }, input) => apiKeys.create({ organizationId, ...input }),
      rotate: ({ apiKeys }, keyId) => apiKeys.rotate({ organizationId, keyId }),
      revoke: ({ apiKeys }, keyId) => apiKeys.revoke({ organizationId, keyId }),
    }}
    empty={
      <Empty title="No API keys yet">
        With its own key, a customer’s backend can call the gate for this customer only.
      </Empty>
    }
  />
)
