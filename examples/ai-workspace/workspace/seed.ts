/** Three customers of the workspace. The last one is a website with the chat widget. */
export const ORGANIZATIONS = [
  { id: 'acme', name: 'Acme', plan: 'ai-workspace/starter' },
  { id: 'globex', name: 'Globex', plan: 'ai-workspace/free' },
  { id: 'acme-website', name: "Acme's website", plan: 'rag-chatbot/trial' },
] as const

export const PEOPLE = [
  { userId: 'ada', name: 'Ada', organizationId: 'acme', role: 'owner' },
  { userId: 'vic', name: 'Vic', organizationId: 'acme', role: 'viewer' },
  { userId: 'gil', name: 'Gil', organizationId: 'globex', role: 'owner' },
] as const

/** The website's id. It is public, because every visitor's browser has it. */
export const WIDGET_SITES: Readonly<Record<string, string>> = { 'acme-site': 'acme-website' }
