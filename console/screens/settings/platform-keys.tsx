import { SERVICE_SCOPES } from '../../../src/core/rights.ts'
import { Empty } from '../../ui/block.tsx'
import { KeysPanel } from '../keys/keys-panel.tsx'

/** The default scopes of a backend that meters calls and shows usage. */
const USUAL = ['gate.use', 'usage.record', 'usage.read'] as const

/** API keys for a product's backends. */
export const ServiceKeys = () => (
  <KeysPanel
    title="Service keys"
    note="for your backends: all customers, limited to scopes"
    newTitle="Create service key"
    cacheKey={['serviceKeys']}
    scopes={SERVICE_SCOPES}
    chosen={USUAL}
    verbs={{
      list: ({ serviceKeys }, page, options) => serviceKeys.list(page, options),
      create: ({ serviceKeys }, input) => serviceKeys.create(input),
      rotate: ({ serviceKeys }, keyId) => serviceKeys.rotate({ keyId }),
      revoke: ({ serviceKeys }, keyId) => serviceKeys.revoke({ keyId }),
    }}
    empty={
      <Empty title="No service keys yet">
        Give your backend a service key instead of the admin key. It works for all customers,
        limited to its scopes.
      </Empty>
    }
  />
)

/** API keys with all rights, for people and tools. */
export const AdminKeys = () => (
  <KeysPanel
    title="Admin keys"
    note="for your people and tools: full access to all customers"
    newTitle="Create admin key"
    cacheKey={['adminKeys']}
    verbs={{
      list: async ({ adminKeys }, page, options) => {
        const { items, ...rest } = await adminKeys.list(page, options)
        return {
          ...rest,
          items: items.map((key) => ({ ...key, isElsewhere: key.origin === 'configuration' })),
        }
      },
      create: ({ adminKeys }, { scopes: _, ...input }) => adminKeys.create(input),
      revoke: ({ adminKeys }, keyId) => adminKeys.revoke({ keyId }),
    }}
    warning={
      <p>
        An admin key has full access to all customers, so let it expire. To replace one, create the
        new key first: a key cannot revoke itself.
      </p>
    }
    empty={<Empty title="No admin keys yet">The server was started without an admin key.</Empty>}
  />
)
