import { SERVICE_SCOPES } from '../../../src/core/rights.ts'
import { Empty } from '../../ui/block.tsx'
import { KeysPanel } from '../keys/keys-panel.tsx'

/** The default scopes of a backend that meters calls and shows usage. */
const USUAL = ['gate.use', 'usage.record', 'usage.read'] as const

/** API keys for a product's backends. */
export const ServiceKeys = () => (
  <KeysPanel
    title="Service keys"
    note="for your backends: any customer, named rights"
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
      <Empty title="There is none">
        Your backend acts with one, and not with the admin key: it may do what its scopes say, at
        every customer, and nothing else.
      </Empty>
    }
  />
)

/** API keys with all rights, for people and tools. */
export const AdminKeys = () => (
  <KeysPanel
    title="Admin keys"
    note="for people and tools of yours: everything, at every customer"
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
        It may do everything at every customer, so give it an end. To change one, create another
        first, then revoke the old one: a key does not revoke itself.
      </p>
    }
    empty={<Empty title="There is none">The server was started without a key of its own.</Empty>}
  />
)
