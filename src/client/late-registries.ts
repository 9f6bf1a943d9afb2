import type { Registries } from '../contract/registries.ts'

const VERBS = {
  eventRegistry:
    'getEventDefinition listEventDefinitions createEventDefinition updateEventDefinition ' +
    'deactivate refresh',
  planRegistry: 'getPlan listPlans createPlan updatePlan recommendUpgrade refresh',
} satisfies Record<keyof Registries, string>

type Verbs = Readonly<Record<string, Readonly<Record<string, (...given: unknown[]) => unknown>>>>

/** The registries. Their code is loaded on first use, because only administration calls them. */
export const lateRegistries = (load: () => Promise<Registries>): Registries => {
  const registries: Verbs = Object.fromEntries(
    Object.entries(VERBS).map(([registry, verbs]) => [
      registry,
      Object.fromEntries(
        verbs.split(' ').map((verb) => [
          verb,
          async (...given: unknown[]) => {
            const loaded = (await load()) as unknown as Verbs
            return loaded[registry]?.[verb]?.(...given)
          },
        ]),
      ),
    ]),
  )
  return registries as unknown as Registries
}
