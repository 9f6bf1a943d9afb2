/** The actor in the audit log of organizations that the demo created. It identifies them. */
export const DEMO_ACTOR = 'demo'
